/** Repeats of downloads: made, listed, ended, and what their schedules call for. */
import type { Repeat, RepeatCall, RepeatDraft, RepeatView } from "../contract/repeat.ts";
import { cronTurns, schedulerExpression } from "../core/cron.ts";
import { resolveWindow } from "../core/download-window.ts";
import { Refusal } from "../core/failure.ts";
import { unknownRepeat } from "../core/refusals.ts";
import type { Page, PageRequest } from "./registry.ts";
import { readSubject, requestDownload } from "./request-download.ts";
import type { RequestContext, RequestPorts } from "./request-download.ts";

export interface RepeatBook {
  load(repeatId: string): Promise<Repeat | undefined>;
  put(repeat: Repeat): Promise<void>;
  remove(repeatId: string): Promise<void>;
  /** One owner's repeats, the oldest first. */
  list(ownerId: string, page: PageRequest): Promise<Page<Repeat>>;
}
export interface RepeatSchedules {
  /** Makes the repeat's schedule. */
  keep(repeat: Repeat): Promise<void>;
  /** Removes it; one that is gone is no harm. */
  drop(repeat: Pick<Repeat, "repeatId" | "ownerId">): Promise<void>;
}
export type RepeatPorts = { readonly repeats: RepeatBook; readonly repeatSchedules: RepeatSchedules };

/** Throws what a request throws, and `schedule-invalid`. */
export async function createRepeat(
  draft: RepeatDraft,
  ports: RepeatPorts & Pick<RequestPorts, "calendars" | "feeds">,
  context: RequestContext,
): Promise<RepeatView> {
  const now = context.now();
  const { format, days, zone, columns, every } = draft;
  resolveWindow({ zone, days }, now);
  schedulerExpression(every.cron);
  const { ownerId, subject } = await readSubject(draft, ports, context.callerId);
  const repeat: Repeat = {
    version: 1,
    repeatId: context.newId(),
    ownerId,
    subject,
    format,
    days,
    zone,
    columns,
    every,
    createdAt: now.toISOString(),
  };
  await keepRepeat(repeat, ports);
  return repeatView(repeat, now);
}

/**
 * The schedule first: one without a record drops itself, and a record without one is never called. Once more at last, for a call between
 * the two has dropped it.
 */
export async function keepRepeat(
  repeat: Repeat,
  {
    repeats,
    repeatSchedules,
  }: { readonly repeats: Pick<RepeatBook, "put">; readonly repeatSchedules: Pick<RepeatSchedules, "keep"> },
): Promise<void> {
  await repeatSchedules.keep(repeat);
  await repeats.put(repeat);
  await repeatSchedules.keep(repeat);
}

export async function listRepeats(ownerId: string, page: PageRequest, repeats: RepeatBook, now: Date): Promise<Page<RepeatView>> {
  const found = await repeats.list(ownerId, page);
  return { ...found, items: found.items.map((repeat) => repeatView(repeat, now)) };
}

/** Downloads that it asked for stay. Throws `repeat-unknown`. */
export async function removeRepeat(repeatId: string, ports: RepeatPorts): Promise<void> {
  const repeat = await ports.repeats.load(repeatId);
  if (repeat === undefined) throw unknownRepeat(repeatId);
  await ports.repeatSchedules.drop(repeat);
  await ports.repeats.remove(repeatId);
}

/** A call that comes twice shares one download. What is gone, or whose subject is, drops its schedule. */
export async function takeRepeat(
  call: RepeatCall,
  ports: RepeatPorts & RequestPorts,
  context: RequestContext,
): Promise<"requested" | "shared" | "gone"> {
  const { repeatId } = call;
  const repeat = await ports.repeats.load(repeatId);
  if (repeat === undefined) {
    await ports.repeatSchedules.drop(call);
    return "gone";
  }
  const { subject, format, days, zone, columns } = repeat;
  const of = subject.kind === "calendar" ? { calendarId: subject.id } : { feedId: subject.id };
  const requested = await requestDownload({ ...of, format, days, zone, columns, repeatId }, ports, context).catch(
    undefinedIfGone,
  );
  if (requested !== undefined) return requested.shared ? "shared" : "requested";
  await removeRepeat(repeatId, ports);
  return "gone";
}

function undefinedIfGone(error: unknown): undefined {
  if (error instanceof Refusal && (error.code === "calendar-unknown" || error.code === "feed-unknown")) return undefined;
  throw error;
}

function repeatView(repeat: Repeat, now: Date): RepeatView {
  const { version: _version, ...rest } = repeat;
  const [next] = cronTurns({ expression: repeat.every.cron, zone: repeat.every.zone }, now.getTime(), 1);
  return next === undefined ? rest : { ...rest, nextAt: new Date(next).toISOString() };
}
