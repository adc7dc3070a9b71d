/** What identifies a build: its definition and its bytes. */
import { createHash } from "node:crypto";

import type { Build, Feed, Member } from "../contract/feed.ts";
import type { ExportTask } from "../contract/task.ts";
import { futureEnds } from "./feed-horizon.ts";

/** Strong ETag of the bytes, quoted. */
export function etagOf(ics: string): string {
  return `"${createHash("sha256").update(ics).digest("base64url").slice(0, 32)}"`;
}

/** Hash of all that a feed's owner decided, and of what of it time moves: a change of it asks for a new build. */
export function definitionOf(feed: Feed, members: readonly Member[], now: Date): string {
  const ends = futureEnds([feed.policy.futureDays, ...members.map(({ filters }) => filters?.futureDays)], now);
  const definition = [
    feed.name,
    feed.color,
    feed.policy,
    members.map(({ calendarId, mask, position, filters, edition }) => [calendarId, mask, position, ...said(filters, edition)]),
    ...said(feed.filters, feed.edition),
    ...ends,
  ];
  return createHash("sha256").update(JSON.stringify(definition)).digest("base64url").slice(0, 22);
}

/** Nothing where nothing is said, so that feeds of before have the definition that they had. */
function said(filters: object | undefined, edition: object | undefined): readonly unknown[] {
  return filters === undefined && edition === undefined ? [] : [filters ?? {}, edition ?? {}];
}

/** Whether the feed was built from the calendar's version that the task names, or a later one. */
export function holdsVersion({ members }: Build, { calendarId, calendarVersion }: ExportTask): boolean {
  return calendarId !== undefined && calendarVersion !== undefined && (members[calendarId] ?? -1) >= calendarVersion;
}

/** Subscribers gain nothing from asking more often than the quickest member is asked. */
export function refreshMinutesOf(intervals: readonly number[]): number {
  return Math.min(...intervals, 1440);
}
