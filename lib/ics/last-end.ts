/** When an event is over for good. */
import { readComponent } from "./component.ts";
import { readTimes } from "./event-times.ts";
import type { EventTimes } from "./event-times.ts";
import { expandSeries, instantOfMoment, occurrenceAt, untilOf } from "./series.ts";
import type { Clock, Occurrence } from "./series.ts";
import { DAY_MS, latestOf } from "./wall.ts";
import { instantOf } from "./zone.ts";

const WORK = 50_000;
const LONGEST_MS = 200 * 366 * DAY_MS;

/** UTC ISO instant at which the last occurrence ends; undefined where there is none, or it cannot be told within bounds. */
export function lastEnd(text: string, clock: Clock): string | undefined {
  const reading = readTimes(readComponent(text));
  if ("code" in reading) return undefined;
  const endMs = lastEndOf(reading.times, clock);
  return endMs === undefined ? undefined : new Date(endMs).toISOString();
}

function lastEndOf(times: EventTimes, clock: Clock): number | undefined {
  const first = occurrenceAt(times, times.start, times.extent, clock);
  const open = times.rules.filter(({ until, count }) => until === undefined && count === undefined);
  if (open.length > 0) return undefined;
  const counted = times.rules.some(({ count }) => count !== undefined);
  if (!counted) return latestOf([...ownEnds(first, times, clock), ...untilEnds(times, first, clock)]);
  const series = expandSeries(times, clock, { fromMs: first.startMs, toMs: first.startMs + LONGEST_MS }, { left: WORK });
  return series.state === "partial" ? undefined : latestOf([first.endMs, ...series.occurrences.map(({ endMs }) => endMs)]);
}

/** No occurrence of a rule starts after its UNTIL. */
function untilEnds({ rules, start }: EventTimes, first: Occurrence, clock: Clock): readonly number[] {
  const zone = clock.zoneOf(start);
  return rules.map((rule) => instantOf(zone, untilOf(rule, start, zone)) + first.endMs - first.startMs);
}

function ownEnds(first: Occurrence, { dates }: EventTimes, clock: Clock): readonly number[] {
  const length = first.endMs - first.startMs;
  return [first.endMs, ...dates.map(({ start }) => instantOfMoment(clock, start) + length)];
}
