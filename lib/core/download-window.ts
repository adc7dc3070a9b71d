/** The window of a download: days of its zone or instants, as UTC instants. */
import { ianaZone } from "../ics/iana-zone.ts";
import { DAY_MS, startOfDay } from "../ics/wall.ts";
import { instantOf } from "../ics/zone.ts";
import type { Zone } from "../ics/zone.ts";
import { Refusal } from "./failure.ts";
import { shown } from "./refusals.ts";

export type WindowAsked = {
  readonly zone: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly days?: number | undefined;
};
export type InstantWindow = { readonly from: string; readonly to: string };

/** Five years. */
const LONGEST_DAYS = 1830;
const NEXT = "ask again with a window such as --from 2026-05-01 --to 2026-06-01 --zone Asia/Seoul";

/** [from, to); undefined where none was asked for. Throws `window-invalid`, `window-too-long`. */
export function resolveWindow(asked: WindowAsked, now: Date): InstantWindow | undefined {
  const zone = readZone(asked.zone);
  const { from, to, days } = asked;
  if (days !== undefined) {
    const today = startOfDay(now.getTime() + zone.offsetAt(now.getTime()));
    return { from: midnight(zone, today), to: midnight(zone, today + days * DAY_MS) };
  }
  if (from === undefined || to === undefined) return undefined;
  const [fromMs, toMs] = [readEdge(from, zone), readEdge(to, zone)];
  if (toMs <= fromMs) throw invalid(`the window ends at ${shown(to)} and begins at ${shown(from)}, wanted an end after it`);
  if (toMs - fromMs > (LONGEST_DAYS + 1) * DAY_MS) throw tooLong(Math.ceil((toMs - fromMs) / DAY_MS));
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

function readZone(name: string): Zone {
  const zone = ianaZone(name);
  if (zone === undefined) throw invalid(`the zone is ${shown(name)}, wanted an IANA name such as Asia/Seoul`);
  return zone;
}

function readEdge(text: string, zone: Zone): number {
  const day = Date.parse(text.length === "2026-05-06".length ? `${text}T00:00:00Z` : text);
  // Date.parse takes 31 April for 1 May.
  const isDay = !Number.isNaN(day) && (text.length > "2026-05-06".length || new Date(day).toISOString().startsWith(text));
  if (!isDay) throw invalid(`${shown(text)} is no time, wanted a day or an instant that there is`);
  return text.length === "2026-05-06".length ? instantOf(zone, day) : day;
}

function midnight(zone: Zone, wallMs: number): string {
  return new Date(instantOf(zone, wallMs)).toISOString();
}

function invalid(what: string): Refusal {
  return new Refusal("window-invalid", what, NEXT);
}

function tooLong(days: number): Refusal {
  const what = `the window has ${days} days, wanted at most ${LONGEST_DAYS}`;
  return new Refusal("window-too-long", what, "ask for several shorter windows, or for ics, which needs none");
}
