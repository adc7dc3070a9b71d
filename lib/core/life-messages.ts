/** What happened, as messages for the topic that apps hear; ids and counts, never a URL or a secret. */
import type { Calendar } from "../contract/calendar.ts";
import type { ChangeSet, EventChange } from "../contract/change.ts";
import type { Hold } from "../contract/checkpoint.ts";
import type { Build, Feed } from "../contract/feed.ts";
import type { Letter } from "../contract/letter.ts";
import type { FeedPublished, HoldOpened, ImportFailed, ImportFinished, LetterOpened } from "../contract/life.ts";

/** Whose it is, by our names and by the app's. */
export type OfCalendar = Pick<Calendar, "calendarId" | "ownerId" | "externalId">;

/** @param parts messages that hold the changes */
export function importFinished(
  set: Pick<ChangeSet, "calendarVersion" | "previousVersion" | "at" | "runId" | "changes">,
  parts: number,
  calendar: OfCalendar,
): ImportFinished {
  const count = (kind: EventChange["kind"]): number => set.changes.filter((change) => change.kind === kind).length;
  return {
    version: 1,
    kind: "import.finished",
    at: set.at,
    ...subjectOf(calendar),
    status: "imported",
    ...(set.runId === undefined ? {} : { runId: set.runId }),
    calendarVersion: set.calendarVersion,
    previousVersion: set.previousVersion,
    parts,
    created: count("created"),
    updated: count("updated"),
    deleted: count("deleted"),
  };
}

type Failed = Pick<ImportFailed, "at" | "code" | "runId" | "failures">;

export function importFailed({ at, code, runId, failures }: Failed, calendar: OfCalendar): ImportFailed {
  return { version: 1, kind: "import.failed", at, ...subjectOf(calendar), status: "failed", code, runId, failures };
}

export function holdOpened({ holdId, openedAt, removedCount, eventCount }: Hold, calendar: OfCalendar): HoldOpened {
  const counts = { removedCount, eventCount };
  return { version: 1, kind: "hold.opened", at: openedAt, ...subjectOf(calendar), code: "removal-held", holdId, ...counts };
}

export function letterOpened({ letterId, lastAt, code, count, ownerId, calendarId, feedId, downloadId }: Letter): LetterOpened {
  const known = {
    ...(ownerId === undefined ? {} : { ownerId }),
    ...(calendarId === undefined ? {} : { calendarId }),
    ...(feedId === undefined ? {} : { feedId }),
    ...(downloadId === undefined ? {} : { downloadId }),
  };
  return { version: 1, kind: "letter.opened", at: lastAt, letterId, code, ...known, count };
}

/** @param revision at which the build's bytes were published; equal bytes move it on */
export function feedPublished({ feedId, ownerId }: Feed, build: Build, revision: number): FeedPublished {
  const { publishedAt = "", eventCount = 0, bytes = 0 } = build;
  return { version: 1, kind: "feed.published", at: publishedAt, ownerId, feedId, revision, eventCount, bytes };
}

function subjectOf({ calendarId, ownerId, externalId }: OfCalendar): OfCalendar {
  return { calendarId, ownerId, ...(externalId === undefined ? {} : { externalId }) };
}
