/** Sends a hostile input the way of a real one, by the code that imports and exports run, and looks at what came out. */
import { Calendar } from "../../lib/contract/calendar.ts";
import type { FailureCode } from "../../lib/contract/code.ts";
import { Feed } from "../../lib/contract/feed.ts";
import { buildFeed } from "../../lib/core/build-feed.ts";
import { diffEvents } from "../../lib/core/diff.ts";
import { engineKeyOf, readEvents, scanFeed } from "../../lib/core/read-feed.ts";
import { newSnapshot } from "../../lib/core/snapshots.ts";
import { expand } from "../../lib/ics/expand.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import { fetchAnswer } from "./fetch-answer.ts";
import type { HostileInput, Outcome, SkipCode } from "./hostile-input.ts";

const AT = "2026-01-01T00:00:00.000Z";
const CALENDAR = Calendar.parse({
  version: 1,
  calendarId: "cal1",
  ownerId: "default",
  name: "Hostile",
  source: { kind: "push" },
  intervalMinutes: 60,
  state: "active",
  policy: {},
  createdAt: AT,
});
const FEED = Feed.parse({
  version: 1,
  feedId: "feed1",
  ownerId: "default",
  name: "Hostile",
  policy: { class: "as-is", people: "keep", alarms: "keep" },
  state: "active",
  createdAt: AT,
});
const WINDOW = { from: "2026-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z", limit: 500 };

/** What an import stores, with all its reports, or why it stores nothing. */
export type Imported =
  | { readonly kind: "stored"; readonly snapshot: Snapshot; readonly reports: Snapshot["skipped"] }
  | { readonly kind: "refused"; readonly code: FailureCode; readonly reason: string };

export type Exported = {
  readonly ics: string;
  readonly exported: number;
  readonly occurrences: number;
  readonly capped: boolean;
};

/** Fetches where the input is an answer, then imports over what is stored. */
export async function importInput(
  input: Pick<HostileInput, "answer" | "contentType" | "patienceMs">,
  bytes: Uint8Array,
  previous: Snapshot | undefined,
): Promise<Imported> {
  const fetched =
    input.answer === undefined
      ? { bytes, contentType: input.contentType }
      : await fetchAnswer(input.answer(bytes), input.patienceMs);
  if ("code" in fetched) return { kind: "refused", code: fetched.code, reason: fetched.reason };
  const scan = scanFeed(fetched.bytes, fetched.contentType, engineKeyOf(CALENDAR.policy));
  if (scan.kind === "refused") return scan;
  const read = readEvents(scan, previous?.events ?? []);
  if (read.kind === "refused") return read;
  const { events } = diffEvents({
    previous: previous?.events ?? [],
    read: read.events,
    source: "url",
    policy: CALENDAR.policy,
    now: AT,
    churns: 2,
    endsAt: read.endsAt,
  });
  const snapshot = newSnapshot({ calendar: CALENDAR, version: 1, scan, read, takenAt: AT, events });
  return { kind: "stored", snapshot, reports: [...read.skipped] };
}

/** Builds the feed, and expands the calendar as the API does. */
export function exportSnapshot(snapshot: Snapshot): Exported {
  const members = [{ calendarId: CALENDAR.calendarId, mask: "full", snapshot }] as const;
  const { ics, eventCount } = buildFeed({ feed: FEED, members, refreshMinutes: 60 });
  const { total, capped } = expand({ ...snapshot, timeZone: snapshot.properties.timeZone }, WINDOW);
  return { ics, exported: eventCount, occurrences: total, capped };
}

export function outcomeOf(imported: Imported, exported: Exported | undefined): Outcome {
  if (imported.kind === "refused" || exported === undefined) {
    return { refused: imported.kind === "refused" ? imported.code : "not-icalendar" };
  }
  const skipped: Partial<Record<SkipCode, number>> = {};
  for (const { code } of imported.reports) skipped[code] = (skipped[code] ?? 0) + 1;
  const { exported: count, occurrences, capped } = exported;
  return { events: imported.snapshot.events.length, skipped, exported: count, occurrences, capped };
}

/** RFC 5545 3.1: no control character but TAB, and no line end but CRLF. */
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\r(?!\n)|(?<!\r)\n/u;
const COMPONENTS = new Set(["VCALENDAR", "VEVENT", "VALARM", "VTIMEZONE", "STANDARD", "DAYLIGHT", "CONSTRUCTOR"]);

/** What no exported feed may be, whatever came in. */
export function faultsOfFeed(input: HostileInput, { ics, exported }: Exported): string[] {
  const unfolded = ics.replaceAll(/\r\n[ \t]/gu, "");
  const lines = unfolded.split("\r\n");
  const countOf = (mark: string): number => lines.filter((line) => line === mark).length;
  const names = lines.filter((line) => line.startsWith("BEGIN:")).map((line) => line.slice(6));
  const checks: readonly (readonly [isFault: boolean, what: string])[] = [
    [FORBIDDEN.test(ics), "a control character or a lone line end in the feed"],
    [ics.split("\r\n").some((line) => Buffer.byteLength(line) > 75), "a line over 75 octets"],
    [!ics.isWellFormed(), "half a surrogate pair in the feed"],
    ...["BEGIN:VEVENT", "END:VEVENT"].map((mark) => [countOf(mark) !== exported, `${countOf(mark)} lines ${mark}`] as const),
    ...names.map((name) => [!COMPONENTS.has(name), `a ${name} in the feed`] as const),
    ...(input.shows ?? []).map((text) => [!unfolded.includes(text), `nothing of ${JSON.stringify(text)} in the feed`] as const),
    ...(input.hides ?? []).map((text) => [unfolded.includes(text), `${JSON.stringify(text)} in the feed`] as const),
  ];
  return checks.filter(([isFault]) => isFault).map(([, what]) => what);
}

/** Reports go to logs, alerts and terminals: one line each, and short. */
export function faultsOfReports(input: HostileInput, imported: Imported): string[] {
  const reasons = imported.kind === "refused" ? [imported.reason] : imported.reports.map(({ reason }) => reason);
  const odd = reasons.find((reason) => /[\u0000-\u001f\u007f]/u.test(reason) || reason.length > 400);
  const shown = (input.hides ?? []).filter((text) => reasons.some((reason) => reason.includes(text)));
  const own: Record<string, unknown> = {};
  const isPolluted = ["polluted", "UID", "name", "value"].some((key) => own[key] !== undefined);
  return [
    ...(odd === undefined ? [] : [`a report of several lines or over 400 characters: ${JSON.stringify(odd.slice(0, 200))}`]),
    ...shown.map((text) => `${JSON.stringify(text)} in a report`),
    ...(isPolluted || Object.keys(Object.prototype).length > 0 ? ["Object.prototype has new properties"] : []),
  ];
}
