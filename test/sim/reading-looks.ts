/** People look at one calendar, one feed, one download: each page is of a version that stood while they looked, and says of it what is so. */
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { EventPage } from "../../lib/contract/event-view.ts";
import { EventsQuery } from "../../lib/contract/event-view.ts";
import { BusinessDayQuery } from "../../lib/contract/time-view.ts";
import { addDays } from "../../lib/core/business-days.ts";
import { stateOf } from "../../lib/core/downloads.ts";
import type { Refusal } from "../../lib/core/failure.ts";
import { wasEnded } from "../../lib/core/hold.ts";
import { downloadBytes, downloadUrl } from "../../lib/sync/fetch-download.ts";
import { findBusinessDay } from "../../lib/sync/find-business-day.ts";
import { listComingTurns } from "../../lib/sync/list-coming-turns.ts";
import { listEvents, showEvent } from "../../lib/sync/list-events.ts";
import type { EventsAnswer } from "../../lib/sync/list-events.ts";
import { listFeedEvents } from "../../lib/sync/list-feed-events.ts";
import { listVersions } from "../../lib/sync/list-versions.ts";
import { showHold } from "../../lib/sync/show-hold.ts";
import { titlesOf } from "./observer.ts";
import type { ReadingRoom } from "./reading-room.ts";

/** All sample events are within it, and fewer than a page has. */
const WINDOW = { from: "2040-01-01", to: "2041-01-01", limit: 200 };
const WEEK = 7;

/** Pages of events that somebody has, by what they are of: the tag, and the version or revision. */
export type Had = Map<string, { readonly etag: string; readonly of: number }>;

/** What is there is not refused as unknown. */
function mustBeGone(room: ReadingRoom, calendarId: string): (refusal: Refusal) => void {
  const wasFound = room.isFound(calendarId);
  return ({ code, what }) => {
    const isTrue = code === "calendar-unknown" && !(wasFound && room.isFound(calendarId));
    room.counter.must(isTrue, `${calendarId} was looked at and refused: ${what}`);
  };
}

export function lookAtEvents(room: ReadingRoom, calendarId: string, had: Had): void {
  const { counter } = room;
  const expand = counter.random.pick(["true", "false"] as const);
  const [query, name] = [EventsQuery.parse({ ...WINDOW, expand }), `${calendarId} expand ${expand}`];
  const [since, has] = [room.versionOf(calendarId), had.get(name)];
  const look = async ({ calendars, objects }: Parameters<typeof listEvents>[2]): Promise<void> => {
    const answer = await listEvents(calendarId, { query, ifNoneMatch: has?.etag }, { calendars, objects }, room.now);
    const of = versionIn(answer, has?.of);
    counter.must(
      room.hadSince(calendarId, of, since),
      `events of ${calendarId} are those of version ${of}, wanted one since ${since}`,
    );
    had.set(name, { etag: answer.etag, of });
    if (answer.page === "not-modified") return;
    counter.must(has?.of !== of, `who has ${name} at version ${of} gets it again`);
    const held = room.snapshotOf(calendarId, of)?.events ?? [];
    const wanted = titlesOf(held.map(({ text }) => text).join("\n"));
    const seen = titlesIn(answer.page);
    // Of an older version that is kept no more nobody knows.
    const isKnown = of === 0 || held.length > 0;
    counter.must(!isKnown || seen === wanted, `${name} shows ${seen} of version ${of}, wanted ${wanted}`);
  };
  room.read(`events of ${calendarId}`, look, mustBeGone(room, calendarId));
}

export function lookAtEvent(room: ReadingRoom, calendarId: string): void {
  const { counter } = room;
  const since = room.versionOf(calendarId);
  const uids = room.snapshotOf(calendarId, since)?.events.map(({ uid }) => uid) ?? [];
  const uid = counter.random.pick([...uids, "nobody"]);
  const isGone = mustBeGone(room, calendarId);
  const held = (version: number): boolean =>
    room.snapshotOf(calendarId, version)?.events.some((event) => event.uid === uid) === true;
  room.read(
    `event ${uid} of ${calendarId}`,
    async (ports) => {
      const { view, ics } = await showEvent(calendarId, uid, ports);
      const isWhole = view.uid === uid && titlesOf(ics()) === `${uid}=${view.summary}`;
      counter.must(isWhole, `event ${uid} is shown as ${view.uid}, ${titlesOf(ics())}`);
    },
    (refusal) => {
      if (refusal.code !== "event-unknown") return isGone(refusal);
      const isThere = room.versionOf(calendarId) === since && held(since);
      counter.must(!isThere, `event ${uid} of ${calendarId} is there, and was refused: ${refusal.what}`);
    },
  );
}

export function lookAtFeed(room: ReadingRoom, feedId: string, had: Had): void {
  const { counter } = room;
  const query = EventsQuery.parse({ ...WINDOW, expand: "false" });
  const [count, has] = [room.buildsOf(feedId), had.get(feedId)];
  room.read(
    `events of feed ${feedId}`,
    async ({ feeds, objects: published }) => {
      const answer = await listFeedEvents(feedId, { query, ifNoneMatch: has?.etag }, { feeds, published }, room.now);
      const of = versionIn(answer, has?.of);
      had.set(feedId, { etag: answer.etag, of });
      const builds = room.buildsSince(feedId, count);
      const build = builds.find(({ revision }) => revision === of);
      if (answer.page === "not-modified") {
        const isKept = builds.some(({ etag = "" }) => answer.etag.startsWith(etag.slice(0, -1)));
        return counter.must(isKept, `who has feed ${feedId} at ${answer.etag} is told that it is so still`);
      }
      if (build?.objectKey === undefined)
        return counter.must(false, `feed ${feedId} shows revision ${of}, which it had not meanwhile`);
      const stored = counter.simulation.world.objects;
      const [seen, wanted] = [titlesIn(answer.page), titlesOf(stored.text(build.objectKey))];
      counter.must(seen === wanted, `feed ${feedId} shows ${seen} of revision ${of}, wanted ${wanted}`);
    },
    ({ what, code }) => counter.must(code === "feed-unbuilt" && count === 0, `feed ${feedId} was refused: ${what}`),
  );
}

/** The version of a page; of one that has not changed, that of the page that the caller has. */
function versionIn({ page }: EventsAnswer, had: number | undefined): number {
  return page === "not-modified" ? (had ?? -1) : (page.calendarVersion ?? page.revision ?? -1);
}

function titlesIn({ items }: EventPage): string {
  const shown: readonly { readonly uid: string; readonly summary?: string | undefined }[] = items;
  return shown
    .map(({ uid, summary }) => `${uid}=${summary}`)
    .toSorted()
    .join(" ");
}

/** Newest first, the present one on top; each that was committed and is kept, and none that was not. */
export function lookAtVersions(room: ReadingRoom, calendarId: string): void {
  const { counter } = room;
  const since = room.versionOf(calendarId);
  const kept = new Set(
    Array.from({ length: since }, (_, index) => index + 1).filter((version) => room.snapshotOf(calendarId, version)),
  );
  room.read(
    `versions of ${calendarId}`,
    async (ports) => {
      const views = await listVersions(calendarId, ports);
      const versions = views.map(({ calendarVersion }) => calendarVersion);
      const [present = 0] = versions;
      counter.must(
        room.hadSince(calendarId, present, since),
        `${calendarId} lists version ${present} first, wanted one since ${since}`,
      );
      const isOrdered = versions.every((version, index) => index === 0 || version < (versions[index - 1] ?? 0));
      counter.must(isOrdered, `versions of ${calendarId} are listed as ${versions.join()}`);
      for (const { calendarVersion, takenAt, eventCount, isPresent } of views) {
        const what = `version ${calendarVersion} of ${calendarId}`;
        const held = room.snapshotOf(calendarId, calendarVersion);
        counter.must(isPresent === (calendarVersion === present), `${what} is listed with isPresent ${isPresent}`);
        counter.must(calendarVersion > since || kept.has(calendarVersion), `${what} is listed, and is kept no more`);
        const isSo = held === undefined || (held.takenAt === takenAt && held.eventCount === eventCount);
        counter.must(
          isSo,
          `${what} is listed with ${eventCount} events of ${takenAt}, wanted ${held?.eventCount} of ${held?.takenAt}`,
        );
      }
      const left = [...kept].filter(
        (version) => !versions.includes(version) && room.snapshotOf(calendarId, version) !== undefined,
      );
      counter.must(left.length === 0, `versions ${left.join()} of ${calendarId} are kept, and are not listed`);
    },
    mustBeGone(room, calendarId),
  );
}

/** A hold is shown where one stands, with what it would take away of a version that was the present one. */
export function lookAtHold(room: ReadingRoom, calendarId: string): void {
  const { counter } = room;
  const { holds, checkpoints } = counter.simulation.world.calendars;
  const standing = (): string | undefined => {
    const [hold, checkpoint] = [holds.get(calendarId), checkpoints.get(calendarId)];
    return hold === undefined || checkpoint === undefined || wasEnded(hold, checkpoint) ? undefined : hold.holdId;
  };
  const [before, stored, since] = [standing(), holds.get(calendarId)?.holdId, room.versionOf(calendarId)];
  room.read(
    `hold of ${calendarId}`,
    async (ports) => {
      const shown = await showHold(calendarId, ports, room.now);
      const after = standing();
      if (shown === undefined)
        return counter.must(before === undefined || after !== before, `${before} stands, and is not shown`);
      const isOne =
        [stored, holds.get(calendarId)?.holdId].includes(shown.holdId) || counter.simulation.heldAfter.has(shown.holdId);
      counter.must(isOne, `${calendarId} shows hold ${shown.holdId}, wanted ${before} or ${after}`);
      const { removed, removedCount, presentCount } = shown;
      const isRight = removed.length <= removedCount && removedCount <= presentCount;
      counter.must(isRight, `hold ${shown.holdId} would take ${removedCount} of ${presentCount}, and shows ${removed.length}`);
      if (room.versionOf(calendarId) !== since) return;
      const uids = new Set(room.snapshotOf(calendarId, since)?.events.map(({ uid }) => uid));
      const strange = removed.filter(({ uid }) => !uids.has(uid)).map(({ uid }) => uid);
      counter.must(strange.length === 0, `hold ${shown.holdId} would take ${strange.join()}, which ${calendarId} has not`);
    },
    mustBeGone(room, calendarId),
  );
}

/** In order, none in the past; as many as were asked for of a calendar that is polled, none of one that is paused. */
export function lookAhead(room: ReadingRoom, calendarId: string): void {
  const { counter } = room;
  const [count, now, before] = [counter.random.between(1, 12), room.now, polling(room, calendarId)];
  room.read(
    `turns of ${calendarId}`,
    async (ports) => {
      const { turns } = await listComingTurns(calendarId, { count }, ports, now);
      const instants = turns.map(({ at }) => at);
      const isOrdered = instants.join() === instants.toSorted().join() && instants.every((at) => at >= now.toISOString());
      counter.must(isOrdered, `turns of ${calendarId} at ${now.toISOString()} are ${instants.join()}`);
      const { meta, isPolled } = polling(room, calendarId);
      if (meta !== before.meta || isPolled !== before.isPolled || isPolled === undefined) return;
      const wanted = isPolled ? count : 0;
      counter.must(turns.length === wanted, `${meta?.state} calendar ${calendarId} has ${turns.length} turns, wanted ${wanted}`);
    },
    mustBeGone(room, calendarId),
  );
}

type Polling = { readonly meta: Calendar | undefined; readonly isPolled: boolean | undefined };

/** Undefined where a calendar is to be polled and is not on the wheel yet. */
function polling(room: ReadingRoom, calendarId: string): Polling {
  const { metas, checkpoints } = room.counter.simulation.world.calendars;
  const meta = metas.get(calendarId);
  const isMeant = meta?.state === "active" && meta.source.kind === "url";
  if (!isMeant) return { meta, isPolled: false };
  return { meta, isPolled: checkpoints.get(calendarId)?.wheel === undefined ? undefined : true };
}

/** Events here have hours: no day is off but a weekend's. */
export function lookForDay(room: ReadingRoom, calendarId: string): void {
  const { counter } = room;
  const day = addDays(room.now.toISOString(), counter.random.between(0, WEEK));
  const wasImported = room.versionOf(calendarId) > 0;
  const isGone = mustBeGone(room, calendarId);
  room.read(
    `business days of ${calendarId}`,
    async (ports) => {
      const { isBusinessDay, why, weekday } = await findBusinessDay(calendarId, BusinessDayQuery.parse({ day }), ports, room.now);
      const wanted = [0, 6].includes(new Date(day).getUTCDay()) ? "weekend" : "business-day";
      counter.must(
        why === wanted && isBusinessDay === (why === "business-day"),
        `${day}, a ${weekday}, is a ${why}, wanted ${wanted}`,
      );
    },
    (refusal) => {
      if (refusal.code !== "holidays-missing") return isGone(refusal);
      counter.must(!wasImported || !room.isFound(calendarId), `${calendarId} was imported, and is refused: ${refusal.what}`);
    },
  );
}

/** Its file, by a url or as bytes, where it is ready. */
export function lookAtDownload(room: ReadingRoom): void {
  const { counter } = room;
  const { downloadBook, downloadObjects } = counter.simulation.desk;
  const ids = [...downloadBook.records.keys()];
  if (ids.length === 0) return;
  const downloadId = counter.random.pick(ids);
  const state = (): string | undefined => {
    const download = downloadBook.records.get(downloadId);
    return download === undefined ? undefined : stateOf(download, room.now);
  };
  const before = state();
  room.read(
    `file of ${downloadId}`,
    async (ports) => {
      const url = await downloadUrl(downloadId, { downloadBook: ports.downloadBook, signed: ports.objects }, room.now);
      const { fileKey = "none", bytes } = downloadBook.records.get(downloadId) ?? {};
      counter.must(url.includes(`/${fileKey}?`), `download ${downloadId} is sent to ${url}, wanted ${fileKey}`);
      const downloadFiles = { getBytes: async (key: string) => Buffer.from(downloadObjects.stored.get(key) ?? "") };
      const file = await downloadBytes(downloadId, { downloadBook: ports.downloadBook, downloadFiles }, room.now);
      counter.must(file.length === bytes, `the file of ${downloadId} has ${file.length} bytes, wanted ${bytes}`);
    },
    ({ what }) =>
      counter.must(before !== "ready" || state() !== "ready", `download ${downloadId} is ready, and was refused: ${what}`),
  );
}
