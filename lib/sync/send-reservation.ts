/** Send what was reserved for now: claimed on its record first, so that nobody can cancel what is under way. */
import type { OwnersReservation } from "../contract/owners-reservation.ts";
import type { Run } from "../contract/run.ts";
import type { ReservationCall } from "../contract/task.ts";
import { reservedTaskId } from "../core/owners-reservations.ts";
import type { LoadedFeed } from "./export-feed.ts";
import type { OwnersReservationBook } from "./make-reservation.ts";
import type { RebuildQueue } from "./replay-letter.ts";
import { sendTurn } from "./send-turn.ts";
import type { SendTurnPorts } from "./send-turn.ts";

export type SendReservationPorts = SendTurnPorts & {
  readonly ownersReservations: Pick<OwnersReservationBook, "load" | "change" | "settle">;
  readonly feeds: { load(feedId: string): Promise<LoadedFeed | undefined> };
  readonly exports: RebuildQueue;
};
type Sent = NonNullable<OwnersReservation["sent"]>;
type Claimed = OwnersReservation & { readonly taskId: string };

/** `closed`: it was cancelled, moved or sent before this call. */
export async function sendReservation(
  { reservationId, revision }: ReservationCall,
  ports: SendReservationPorts,
  now: Date,
): Promise<Sent | "closed"> {
  const claimed = await claim(reservationId, revision, ports);
  if (claimed === undefined) return "closed";
  const sent = await send(claimed, ports, now);
  await ports.ownersReservations.settle(reservationId, sent, now.toISOString());
  return sent;
}

/** One that was claimed by a call that died before it sent anything is claimed again: its task's id is the same. */
async function claim(
  reservationId: string,
  revision: number,
  { ownersReservations: book }: SendReservationPorts,
): Promise<Claimed | undefined> {
  const read = await book.load(reservationId);
  if (read === undefined || read.revision !== revision || read.state === "cancelled" || read.sent !== undefined) return undefined;
  const claimed = { ...read, state: "sent" as const, taskId: reservedTaskId(read) };
  if (read.state === "sent" || (await book.change(claimed, read))) return claimed;
  const again = await book.load(reservationId);
  return again?.state === "sent" && again.sent === undefined ? { ...again, taskId: claimed.taskId } : undefined;
}

async function send({ target, taskId }: Claimed, ports: SendReservationPorts, now: Date): Promise<Sent> {
  if (target.kind === "sync") return await sendSync(target.calendarId, taskId, ports, now);
  const { feedId } = target;
  const loaded = await ports.feeds.load(feedId);
  if (loaded === undefined || loaded.feed.state === "removed") return "gone";
  await ports.exports.sendExports([{ version: 1, kind: "export", taskId, feedId, reason: "reservation" }], 0);
  return "sent";
}

/** The run can be followed from now on; the worker writes its end under the same id. */
async function sendSync(calendarId: string, taskId: string, ports: SendReservationPorts, now: Date): Promise<Sent> {
  const startedAt = now.toISOString();
  const run: Run = { version: 1, runId: taskId, calendarId, taskId, reason: "reservation", status: "queued", startedAt };
  const loaded = await ports.calendars.load(calendarId);
  if (loaded?.calendar.state === "active") await ports.calendars.putRun(run);
  return await sendTurn({ calendarId, taskId, reason: "reservation" }, ports, now);
}
