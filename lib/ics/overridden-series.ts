/** A series with its overrides: the occurrences that no override stands for, moved by those of "this and future". */
import type { EventTimes } from "./event-times.ts";
import type { Work } from "./rule-library.ts";
import { expandSeries, instantOfMoment, occurrenceAt } from "./series.ts";
import type { Clock, InstantWindow, Occurrence } from "./series.ts";
import { DAY_MS, latestOf, startOfDay } from "./wall.ts";

/** An event that goes on for longer is found by its start alone. */
const LONGEST_MS = 400 * DAY_MS;
export type RuledWindow = InstantWindow & { readonly rule: "starts" | "overlaps" };

type Ranged = { readonly fromMs: number; readonly shiftMs: number; readonly times: EventTimes };

/** The occurrences that no override stands for, moved by the overrides of "this and future". */
export function expandMaster(
  master: EventTimes,
  overrides: readonly EventTimes[],
  clock: Clock,
  window: RuledWindow,
  work: Work,
): { readonly occurrences: readonly Occurrence[]; readonly state: "whole" | "partial" } {
  const ranges = overrides
    .filter(({ range }) => range === "this-and-future")
    .map((times) => rangeOf(times, clock))
    .toSorted((a, b) => a.fromMs - b.fromMs);
  const farthestMs = Math.max(0, ...ranges.map(({ shiftMs }) => Math.abs(shiftMs)));
  const lengthsMs = [master, ...ranges.map(({ times }) => times)].map((times) => longestOf(times, clock));
  const longestMs = window.rule === "starts" ? 0 : latestOf(lengthsMs);
  const wider = { fromMs: window.fromMs - farthestMs - longestMs, toMs: window.toMs + farthestMs };
  const series = expandSeries(master, clock, wider, work);
  const isOverridden = overrideTest(master, overrides, clock);
  const occurrences = series.occurrences
    .filter((occurrence) => !isOverridden(occurrence))
    .map((occurrence) => move(occurrence, master, ranges, clock));
  return { occurrences, state: series.state };
}

/** A day more, for a nominal length differs where the clocks change; as long as nobody's event is. */
function longestOf(times: EventTimes, clock: Clock): number {
  const lengths = [times.extent, ...times.dates.map(({ extent }) => extent)].map((extent) => {
    const { startMs, endMs } = occurrenceAt(times, times.start, extent, clock);
    return endMs - startMs;
  });
  return Math.min(LONGEST_MS, latestOf(lengths) + DAY_MS);
}

function rangeOf(times: EventTimes, clock: Clock): Ranged {
  const id = times.recurrenceId ?? times.start;
  const fromMs = instantOfMoment(clock, id);
  return { fromMs, shiftMs: instantOfMoment(clock, times.start) - fromMs, times };
}

/** RFC 5545 3.8.4.4: the difference of the range's own start moves every later occurrence. */
function move(occurrence: Occurrence, master: EventTimes, ranges: readonly Ranged[], clock: Clock): Occurrence {
  const range = ranges.findLast(({ fromMs }) => fromMs <= occurrence.originalMs);
  if (range === undefined) return occurrence;
  const id = range.times.recurrenceId ?? range.times.start;
  const { start } = range.times;
  // A move of whole wall time keeps the hour across a change of the clocks.
  const sameClock = start.kind === id.kind && start.kind === master.start.kind;
  const shiftMs = sameClock ? start.wallMs - id.wallMs : range.shiftMs;
  const moved = occurrenceAt(range.times, { ...start, wallMs: occurrence.wallMs + shiftMs }, range.times.extent, clock);
  return { ...moved, originalMs: occurrence.originalMs, wallMs: occurrence.wallMs };
}

function overrideTest(master: EventTimes, overrides: readonly EventTimes[], clock: Clock): (occurrence: Occurrence) => boolean {
  const instants = new Set<number>();
  const days = new Set<number>();
  for (const { recurrenceId } of overrides) {
    if (recurrenceId === undefined) continue;
    // A RECURRENCE-ID of another type than DTSTART means the day.
    if (recurrenceId.kind === "date" || master.start.kind === "date") days.add(startOfDay(recurrenceId.wallMs));
    else instants.add(instantOfMoment(clock, recurrenceId));
  }
  return ({ originalMs, wallMs }) => instants.has(originalMs) || days.has(startOfDay(wallMs));
}
