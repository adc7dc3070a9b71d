/** Windows in which nobody asks a host: where one ends that holds an instant. */
import { WEEKDAYS } from "../contract/schedule.ts";
import type { Blackout, BlackoutWindow } from "../contract/blackout.ts";
import { instantOf, UTC } from "../ics/zone.ts";
import { ianaZone } from "../ics/iana-zone.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, startOfDay } from "../ics/wall.ts";
import { shortHash } from "./object-keys.ts";

/** Windows that follow each other without a gap; who closes a host for good has more than that. */
const JOINED_MOST = 60;
/** Hosts whose windows end together are not asked all in the same second. */
const JITTER_MS = 60_000;

/** The first instant that lies in no window, from `atMs` on; `atMs` itself where it is open. */
export function opensAtMs(blackout: Blackout | undefined, atMs: number): number {
  let openMs = atMs;
  for (let joined = 0; joined < JOINED_MOST; joined += 1) {
    const endMs = blackout?.reduce((latest, window) => Math.max(latest, endOf(window, openMs) ?? openMs), openMs) ?? openMs;
    if (endMs === openMs) break;
    openMs = endMs;
  }
  return openMs;
}

/** The first start from `atMs` on that lies in no window of the host, a moment after the end of one. */
export function startOutside(
  { host, blackout }: { readonly host: string; readonly blackout?: Blackout | undefined },
  atMs: number,
): number {
  if (blackout === undefined || blackout.length === 0) return atMs;
  const openMs = opensAtMs(blackout, atMs);
  if (openMs === atMs) return atMs;
  const jittered =
    openMs +
    (parseInt(
      Buffer.from(shortHash(`${host} ${openMs}`))
        .toString("hex")
        .slice(0, 8),
      16,
    ) %
      JITTER_MS);
  // A window may begin within the jitter.
  return opensAtMs(blackout, jittered) === jittered ? jittered : openMs;
}

/** Whether a host can be asked at some time: windows leave room within some weeks. */
export function leavesRoom(blackout: Blackout, nowMs: number): boolean {
  const openMs = opensAtMs(blackout, nowMs);
  return !blackout.some((window) => endOf(window, openMs) !== undefined);
}

/** Undefined where the window does not hold the instant; its end is outside. */
function endOf(window: BlackoutWindow, atMs: number): number | undefined {
  if (window.kind === "once") {
    const endMs = Date.parse(window.to);
    return atMs >= Date.parse(window.from) && atMs < endMs ? endMs : undefined;
  }
  const zone = ianaZone(window.zone) ?? UTC;
  const todayMs = startOfDay(atMs + zone.offsetAt(atMs));
  for (const dayMs of [todayMs - DAY_MS, todayMs]) {
    const begins = WEEKDAYS[new Date(dayMs).getUTCDay()];
    if (begins === undefined || !window.days.includes(begins)) continue;
    const [from, to] = [clockMs(window.from), clockMs(window.to)];
    const fromMs = instantOf(zone, dayMs + from);
    const endMs = instantOf(zone, dayMs + to + (to <= from ? DAY_MS : 0));
    if (atMs >= fromMs && atMs < endMs) return endMs;
  }
  return undefined;
}

function clockMs(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * HOUR_MS + minutes * MINUTE_MS;
}
