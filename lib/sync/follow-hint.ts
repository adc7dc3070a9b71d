/** Move a calendar to the slot that its owner and its feed's REFRESH-INTERVAL ask for together. */
import { effectiveInterval, slotOf } from "../core/slots.ts";
import type { LoadedCalendar } from "./import-calendar.ts";

export interface SlotMover {
  /** Moves the calendar's key on the wheel where it is still `from`: one that was paused meanwhile stays off. */
  moveSlot(calendarId: string, from: string, to: string): Promise<void>;
}

/** @param hintMinutes of the body that is being committed */
export async function followHint(
  { calendar, checkpoint }: LoadedCalendar,
  hintMinutes: number | undefined,
  calendars: SlotMover,
): Promise<void> {
  if (checkpoint.wheel === undefined) return;
  const { calendarId, intervalMinutes, policy } = calendar;
  const slot = slotOf(calendarId, effectiveInterval(intervalMinutes, policy.refreshHint === "follow" ? hintMinutes : undefined));
  if (slot !== checkpoint.wheel) await calendars.moveSlot(calendarId, checkpoint.wheel, slot);
}
