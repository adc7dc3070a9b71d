/** The calendar whose hold a person decides on, and only that hold. */
import type { Hold } from "../contract/checkpoint.ts";
import { isAnothers, wasEnded } from "../core/hold.ts";
import { unknownHold } from "../core/refusals.ts";
import type { LoadedCalendar } from "./import-calendar.ts";
import { loadForChange } from "./settled-calendar.ts";
import type { SettlePorts } from "./settled-calendar.ts";

export type HoldChoice = { readonly calendarId: string; readonly holdId: string };
export type HeldCalendar = LoadedCalendar & { readonly hold: Hold };

/** Throws `calendar-unknown`, and `hold-unknown` where another hold stands or none: what a sound fetch has ended stands no more. */
export async function loadHeld({ calendarId, holdId }: HoldChoice, ports: SettlePorts, at: string): Promise<HeldCalendar> {
  const loaded = await loadForChange(calendarId, ports, at);
  const { hold, checkpoint, calendar } = loaded;
  const isOver = hold !== undefined && (isAnothers(hold, calendar) || wasEnded(hold, checkpoint));
  const standing = isOver ? undefined : hold;
  if (standing?.holdId !== holdId) throw unknownHold(calendarId, holdId, standing?.holdId);
  return { ...loaded, hold: standing };
}
