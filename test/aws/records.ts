/** Records for tests of the adapters. */
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import type { Letter } from "../../lib/contract/letter.ts";
import { emptyCheckpoint } from "../../lib/core/registry.ts";

export function calendarOf(calendarId: string, fields: Partial<Calendar> = {}): Calendar {
  return {
    version: 1,
    calendarId,
    ownerId: "owner",
    name: `Calendar ${calendarId}`,
    source: { kind: "url", url: `https://calendars.example/${calendarId}.ics` },
    intervalMinutes: 60,
    state: "active",
    policy: { pastEvents: "keep", refreshHint: "follow" },
    createdAt: "2026-01-01T00:00:00.000Z",
    ...fields,
  };
}

export function checkpointOf(calendarId: string, fields: Partial<Checkpoint> = {}): Checkpoint {
  return { ...emptyCheckpoint(calendarId), host: "calendars.example", wheel: "60#7#3", ...fields };
}

export function letterOf(letterId: string, fields: Partial<Letter> = {}): Letter {
  return {
    version: 1,
    revision: 1,
    letterId,
    kind: "import",
    calendarId: "one",
    fingerprint: "import|source-not-found|calendars.example",
    code: "source-not-found",
    reason: "host calendars.example answered 404, wanted 200 or 304; check the calendar's url",
    host: "calendars.example",
    queue: "import-dlq",
    body: "{}",
    attempts: 1,
    messageIds: ["m1"],
    count: 1,
    firstAt: "2026-02-01T00:00:00.000Z",
    lastAt: "2026-02-01T00:00:00.000Z",
    state: "open",
    history: [{ at: "2026-02-01T00:00:01.000Z", state: "open", who: "alert", why: "source-not-found" }],
    ...fields,
  };
}
