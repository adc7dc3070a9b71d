/** Suspend a calendar whose source is gone for good, and bring it back when the source answers again. */
import type { Calendar } from "../contract/calendar.ts";
import type { FailureCode } from "../contract/code.ts";
import { hasNewSource } from "../core/patch-calendar.ts";
import { placeOf } from "../core/place.ts";
import type { LoadedCalendar } from "./import-calendar.ts";

export interface SuspensionBook {
  load(calendarId: string): Promise<LoadedCalendar | undefined>;
  /** Moves the state where it is still `from`. */
  moveState(calendarId: string, from: Calendar["state"], to: Calendar["state"]): Promise<void>;
  /** Takes the calendar off the wheel where its last outcome still has this code. */
  leaveWheelFor(calendarId: string, code: FailureCode): Promise<void>;
  /** Puts a calendar that is off the wheel at this slot. */
  enterWheel(calendarId: string, slot: string): Promise<void>;
}

const GONE = "source-gone" satisfies FailureCode;

/**
 * After the outcome is saved. State and wheel are two records: it looks again between them, for a success that was saved meanwhile did not
 * see the calendar suspended, nor did an owner who has moved it to another source; and the wheel, which lies beside the outcome, is left only where that is still the 410.
 */
export async function suspendGone(gone: Calendar, calendars: SuspensionBook): Promise<void> {
  const { calendarId } = gone;
  await calendars.moveState(calendarId, "active", "suspended");
  const again = await calendars.load(calendarId);
  const isOver = again !== undefined && (hasAnswered(again) || hasNewSource(gone, again.calendar));
  if (isOver) await calendars.moveState(calendarId, "suspended", "active");
  else await calendars.leaveWheelFor(calendarId, GONE);
}

/**
 * After a success is saved. The wheel first: a suspended calendar that has a turn is brought back by it, while an active one without a place
 * on the wheel would be found by nobody.
 */
export async function bringBack(loaded: LoadedCalendar, calendars: SuspensionBook): Promise<void> {
  const { calendar } = loaded;
  if (calendar.state === "paused" || (calendar.state !== "suspended" && !isGone(loaded))) return;
  const { calendarId } = calendar;
  const slot = placeOf(calendar);
  if (slot !== undefined) await calendars.enterWheel(calendarId, slot);
  await calendars.moveState(calendarId, "suspended", "active");
}

/** A turn of a suspended calendar came all the same: a crash left it on the wheel. It may run where a success came meanwhile. */
export async function settleSuspended(loaded: LoadedCalendar, calendars: SuspensionBook): Promise<"suspended" | "active"> {
  const { calendarId } = loaded.calendar;
  if (!hasAnswered(loaded)) {
    await calendars.leaveWheelFor(calendarId, GONE);
    return "suspended";
  }
  await calendars.moveState(calendarId, "suspended", "active");
  return "active";
}

function isGone({ checkpoint }: LoadedCalendar): boolean {
  return checkpoint.outcome?.code === GONE;
}

/** The newest word of its source is a success. */
export function hasAnswered({ checkpoint: { outcome } }: LoadedCalendar): boolean {
  return outcome?.status === "imported" || outcome?.status === "unchanged";
}
