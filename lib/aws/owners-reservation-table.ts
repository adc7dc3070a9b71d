/** Reservations that owners made: `RESERVATION#id`, listed by owner; kept 90 days after the time they are for. */
import { OwnersReservation } from "../contract/owners-reservation.ts";
import type { Page, PageRequest } from "../sync/registry.ts";
import { readOwned } from "./pages.ts";
import type { Item, Key } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

const KEPT_SECONDS = 90 * 86_400;

export class OwnersReservationTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async load(reservationId: string): Promise<OwnersReservation | undefined> {
    const item = await this.table.get(keyOf(reservationId));
    return item === undefined ? undefined : OwnersReservation.parse(item);
  }

  async put(reservation: OwnersReservation): Promise<void> {
    await this.table.put(itemOf(reservation));
  }

  async change(next: OwnersReservation, read: OwnersReservation): Promise<boolean> {
    const asRead = {
      expression: "#state = :stateRead AND #revision = :revisionRead",
      values: { ":stateRead": read.state, ":revisionRead": read.revision },
    };
    return (await this.table.put(itemOf(next), asRead)) === "saved";
  }

  async settle(reservationId: string, sent: NonNullable<OwnersReservation["sent"]>, settledAt: string): Promise<void> {
    await this.table.update(keyOf(reservationId), { set: { sent, settledAt } }, { expression: "attribute_exists(#pk)" });
  }

  async end(reservationId: string, ended: NonNullable<OwnersReservation["ended"]>): Promise<void> {
    await this.table.update(keyOf(reservationId), { set: { ended } }, { expression: "attribute_exists(#pk)" });
  }

  async list(ownerId: string, page: PageRequest): Promise<Page<OwnersReservation>> {
    const listed = await readOwned(this.table, ownerId, "RESERVATION#", page);
    return { ...listed, items: listed.items.map((item) => OwnersReservation.parse(item)) };
  }
}

function itemOf(reservation: OwnersReservation): Key & Item {
  const { reservationId, at } = reservation;
  const expiresAt = Math.floor(Date.parse(at) / 1000) + KEPT_SECONDS;
  return { ...keyOf(reservationId), ...reservation, ownedKey: `RESERVATION#${at}#${reservationId}`, expiresAt };
}

function keyOf(reservationId: string): Key {
  return { pk: `RESERVATION#${reservationId}`, sk: "META" };
}
