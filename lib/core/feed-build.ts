/** What identifies a build: its definition and its bytes. */
import { createHash } from "node:crypto";

import type { Feed, Member } from "../contract/feed.ts";

/** Strong ETag of the bytes, quoted. */
export function etagOf(ics: string): string {
  return `"${createHash("sha256").update(ics).digest("base64url").slice(0, 32)}"`;
}

/** Hash of all that a feed's owner decided: a change of it asks for a new build. */
export function definitionOf(feed: Feed, members: readonly Member[]): string {
  const definition = [
    feed.name,
    feed.color,
    feed.policy,
    members.map(({ calendarId, mask, position }) => [calendarId, mask, position]),
  ];
  return createHash("sha256").update(JSON.stringify(definition)).digest("base64url").slice(0, 22);
}

/** Subscribers gain nothing from asking more often than the quickest member is asked. */
export function refreshMinutesOf(intervals: readonly number[]): number {
  return Math.min(...intervals, 1440);
}
