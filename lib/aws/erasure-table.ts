/** Everything in the table that is an owner's: by the index, and by a look at each item. */
import { AlertGroup } from "../contract/alert.ts";
import { Calendar } from "../contract/calendar.ts";
import { Download } from "../contract/download.ts";
import { Feed } from "../contract/feed.ts";
import { Key as ApiKey } from "../contract/key.ts";
import { OwnersReservation } from "../contract/owners-reservation.ts";
import { Repeat } from "../contract/repeat.ts";
import { Reservation } from "../contract/reservation.ts";
import { Refusal } from "../core/failure.ts";
import { keyIdOf } from "../core/keys.ts";
import type { OwnedThing, Remains, TracedItem } from "../sync/erasure.ts";
import { calendarKey, checkpointKey } from "./calendar-items.ts";
import { feedKey, LINK, META } from "./feed-items.ts";
import { LEFT, leftItem, leftKey, ownerKey } from "./owner-table.ts";
import { readPage } from "./pages.ts";
import type { Item, Key } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

type Place = { readonly limit: number; readonly cursor: string | undefined };

export class ErasureTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async owned(ownerId: string, page: Place): Promise<{ things: readonly OwnedThing[]; cursor: string | undefined }> {
    const place = { partition: { field: "ownerId", value: ownerId }, sort: { field: "ownedKey", prefix: "" } };
    const listed = await readPage(this.table, { index: "byOwner", ...place, order: "ascending" }, page);
    return { things: listed.items.map(thingOf), cursor: listed.cursor };
  }

  async remember(ownerId: string, remains: Remains): Promise<void> {
    await this.table.put(leftItem(ownerId, remains));
  }

  async remembered(ownerId: string): Promise<readonly Remains[]> {
    const values = { ":pk": ownerKey(ownerId).pk, ":left": LEFT };
    const items = await this.table.query({ expression: "#pk = :pk AND begins_with(#sk, :left)", values });
    return items.flatMap(({ kind, id }) => remainsOf(kind, String(id)));
  }

  async forget(ownerId: string, remains: Remains): Promise<void> {
    await this.table.delete(leftKey(ownerId, remains));
  }

  /** A feed's links go at once, for its state is none of what serves them. */
  async stop(thing: OwnedThing, at: string): Promise<void> {
    const exists = { expression: "attribute_exists(#pk)" };
    if (thing.kind === "calendar") {
      await this.table.update(calendarKey(thing.id), { set: { state: "removed" } }, exists);
      await this.table.update(checkpointKey(thing.id), { remove: ["wheel"] }, exists);
    }
    if (thing.kind === "feed") {
      await this.deleteBelow(feedKey(thing.id, META).pk, LINK);
      await this.table.update(feedKey(thing.id, META), { set: { state: "removed", removedAt: at } }, exists);
    }
  }

  /** The record that the index has goes last: while it stands, a crash is made good by the next part. */
  async delete(thing: OwnedThing): Promise<void> {
    if (thing.kind === "item") return await this.deleteTraced(thing);
    for (const pk of partitionsOf(thing)) await this.deleteBelow(pk);
    if (thing.kind === "download") {
      const isIts = { expression: "#downloadId = :its", values: { ":its": thing.id } };
      await this.table.delete({ pk: `WANTED#${thing.download.fingerprint}`, sk: META }, isIts);
    }
    await this.table.delete({ pk: partitionsOf(thing).at(-1) ?? "", sk: META });
  }

  async deleteRemains(remains: Remains): Promise<void> {
    for (const pk of partitionsOf(remains)) {
      await this.deleteBelow(pk);
      await this.table.delete({ pk, sk: META });
    }
  }

  async look(ownerId: string, { limit, cursor }: Place): Promise<{ items: readonly TracedItem[]; cursor: string | undefined }> {
    const { items, next } = await this.table.scanPage(cursor === undefined ? undefined : keyOf(cursor), limit);
    const others = items.filter((item) => !isOfErasure(item, ownerId));
    return { items: others.map(tracedOf), cursor: next === undefined ? undefined : idOf(next) };
  }

  async deleteTraced({ id }: Pick<TracedItem, "id">): Promise<void> {
    const key = keyOf(id);
    const item = key.pk === ALERTS ? await this.table.get(key) : undefined;
    const alert = item === undefined ? undefined : AlertGroup.parse(item);
    if (alert === undefined || alert.count === 1) return void (await this.table.delete(key));
    const asRead = { expression: "#revision = :asRead", values: { ":asRead": alert.revision } };
    const set = { reason: `${alert.code} of things that are erased, and of others`, revision: alert.revision + 1 };
    await this.table.update(key, { set, remove: ["letterId", "calendarId", "feedId"] }, asRead);
  }

  /** All but META. */
  private async deleteBelow(pk: string, prefix = ""): Promise<void> {
    const only = prefix === "" ? "" : " AND begins_with(#sk, :prefix)";
    const values = { ":pk": pk, ...(prefix === "" ? {} : { ":prefix": prefix }) };
    const items = await this.table.query({ expression: `#pk = :pk${only}`, values });
    await this.table.deleteAll(items.map(({ sk }) => ({ pk, sk: String(sk) })).filter(({ sk }) => sk !== META));
  }
}

const ALERTS = "ALERTS#OPEN";
const LETTER = "LETTER#";

/** Partitions below which a thing's records lie, its own last. */
function partitionsOf({ kind, id }: Remains | Exclude<OwnedThing, { kind: "item" }>): readonly string[] {
  switch (kind) {
    case "calendar":
      return [`RUN#${id}`, calendarKey(id).pk];
    case "feed":
      return [feedKey(id, META).pk];
    case "key":
      return [`KEYID#${keyIdOf({ keyHash: id })}`, `KEY#${id}`];
    case "download":
    case "reservation":
    case "repeat":
      return [`${kind.toUpperCase()}#${id}`];
  }
}

function thingOf(item: Item): OwnedThing {
  const key = { pk: String(item["pk"]), sk: String(item["sk"]) };
  const [kind = "", ...rest] = key.pk.split("#");
  const id = rest.join("#");
  if (key.sk !== META) return { kind: "item", id: idOf(key) };
  switch (kind) {
    case "CAL":
      return { kind: "calendar", id, calendar: Calendar.parse(item) };
    case "FEED":
      return { kind: "feed", id, feed: Feed.parse(item) };
    case "DOWNLOAD":
      return { kind: "download", id, download: Download.parse(item) };
    case "RESERVATION":
      return { kind: "reservation", id, reservation: OwnersReservation.parse(item) };
    case "REPEAT":
      return { kind: "repeat", id, repeat: Repeat.parse(item) };
    case "KEY":
      return { kind: "key", id, key: ApiKey.parse(item) };
    default:
      return { kind: "item", id: idOf(key) };
  }
}

function remainsOf(kind: unknown, id: string): Remains[] {
  return kind === "calendar" || kind === "feed" || kind === "download" || kind === "key" ? [{ kind, id }] : [];
}

function isOfErasure({ pk, sk }: Item, ownerId: string): boolean {
  const own = ownerKey(ownerId);
  return pk === own.pk && (sk === own.sk || String(sk).startsWith(LEFT));
}

function tracedOf(item: Item): TracedItem {
  const pk = String(item["pk"]);
  const text = (field: string): string | undefined => {
    const value = item[field];
    return typeof value === "string" ? value : undefined;
  };
  const [ownerId, calendarId, feedId, downloadId] = ["ownerId", "calendarId", "feedId", "downloadId"].map(text);
  const trace = { ownerId, calendarId, feedId, downloadId };
  if (pk.startsWith(LETTER)) return { id: idOf({ pk, sk: META }), kind: "letter", ...trace, letterId: pk.slice(LETTER.length) };
  const id = idOf({ pk, sk: String(item["sk"]) });
  if (pk === ALERTS) return { id, kind: "alert", ...trace };
  const isBooking = pk.startsWith("RESERVATION#") && item["bookings"] !== undefined;
  return isBooking ? { id, kind: "booking", ...trace, booking: Reservation.parse(item) } : { id, kind: "item", ...trace };
}

/** Neither part of a key has a line break. */
function idOf({ pk, sk }: Key): string {
  return Buffer.from(`${pk}\n${sk}`).toString("base64url");
}

/** Throws `query-invalid` for what no look gave. */
function keyOf(id: string): Key {
  const [pk = "", sk = "", ...more] = Buffer.from(id, "base64url").toString().split("\n");
  if (pk !== "" && sk !== "" && more.length === 0 && idOf({ pk, sk }) === id) return { pk, sk };
  const what = `the cursor has ${id.length} characters that no part gave, wanted the one of the part before`;
  throw new Refusal("query-invalid", what, "begin again without a cursor");
}
