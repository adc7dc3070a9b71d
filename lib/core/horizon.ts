/** Which events a feed with a horizon shows. */
import { propertiesOf, propertyOf } from "../ics/component.ts";
import type { Component } from "../ics/component.ts";
import { readDuration } from "../ics/duration.ts";
import { readMoment } from "../ics/moment.ts";
import { readRule } from "../ics/rule.ts";
import { DAY_MS, earliestOf, latestOf } from "../ics/wall.ts";

/** Wall times are taken as UTC, so both ends have room for any zone. */
const SLACK_MS = DAY_MS;

/** Whether any event of a group (a series and its overrides) can lie in the horizon. A series that ends by COUNT or not at all always can. */
export function isWithin(group: readonly Component[], horizon: { readonly from: string; readonly to: string }): boolean {
  const from = Date.parse(horizon.from) - SLACK_MS;
  const to = Date.parse(horizon.to) + SLACK_MS;
  return group.some((event) => {
    const times = [...timesOf(event, "DTSTART"), ...timesOf(event, "RDATE")];
    return earliestOf(times) < to && latestOf([...times, lastOf(event)]) + lengthOf(event) >= from;
  });
}

function timesOf(event: Component, name: string): number[] {
  return propertiesOf(event, name).flatMap((line) =>
    line.value.split(",").flatMap((value) => readMoment(line, value.split("/")[0] ?? "")?.wallMs ?? []),
  );
}

function lastOf(event: Component): number {
  const ends = propertiesOf(event, "RRULE").map(({ value }) => {
    const rule = readRule(value);
    return "code" in rule ? Infinity : (rule.until?.wallMs ?? Infinity);
  });
  return latestOf(ends);
}

function lengthOf(event: Component): number {
  const [start = 0] = timesOf(event, "DTSTART");
  const [end = start] = timesOf(event, "DTEND");
  const duration = readDuration(propertyOf(event, "DURATION")?.value ?? "");
  return Math.max(end - start, (duration?.nominalMs ?? 0) + (duration?.exactMs ?? 0), 0);
}
