/** What changed in a calendar after a version: the messages that the topic sent, for a receiver that missed some. */
import type { ChangesQuery } from "../contract/change.ts";
import type { ChangesPage } from "../contract/changes-page.ts";
import type { Checkpoint } from "../contract/checkpoint.ts";
import { fill, messagesOf, readPlace, wholeSet, writePlace } from "../core/changes-page.ts";
import type { Page, Place } from "../core/changes-page.ts";
import { Refusal } from "../core/failure.ts";
import type { ChangeObjects } from "./finish-commit.ts";
import type { CalendarBook, LoadedCalendar } from "./import-calendar.ts";
import type { SnapshotShelf } from "./kept-versions.ts";
import { loadCalendar } from "./load-calendar.ts";

/** One stored set; of a version there may be several, of which one was committed. */
export type StoredChanges = { readonly calendarVersion: number; readonly key: string; readonly storedMs: number };

export interface ChangeShelf extends ChangeObjects, SnapshotShelf {
  /** Every stored set of the versions after this one. */
  changeSets(calendarId: string, after: number): Promise<readonly StoredChanges[]>;
}
export type ListChangesPorts = { readonly calendars: Pick<CalendarBook, "load">; readonly objects: ChangeShelf };

const KEPT_MS = 30 * 86_400_000;

/**
 * The messages of every version after `from`, in order; `from` 0 gives the present content as created events instead, however old.
 * Throws `calendar-unknown`, `version-ahead`, `snapshot-needed`, `query-invalid`.
 */
export async function listChanges(
  calendarId: string,
  { from, limit, cursor }: ChangesQuery,
  ports: ListChangesPorts,
  now: Date,
): Promise<ChangesPage> {
  const loaded = await loadCalendar(calendarId, ports.calendars);
  const { calendarVersion } = loaded.checkpoint;
  if (from > calendarVersion) throw ahead(calendarId, from, calendarVersion);
  const place = cursor === undefined ? firstPlace(from, loaded.checkpoint) : readPlace(cursor);
  if (place === undefined) return { items: [], calendarVersion };
  const page: Page = { items: [], bytes: 0, limit };
  const next =
    place.kind === "snapshot"
      ? await fillWhole(page, place, loaded, ports.objects)
      : await fillSince(page, place, loaded, ports.objects, now);
  return { items: page.items, calendarVersion, ...(next === undefined ? {} : { cursor: writePlace(next) }) };
}

function firstPlace(from: number, { calendarVersion, snapshotKey }: Checkpoint): Place | undefined {
  if (from === calendarVersion) return undefined;
  if (from > 0) return { kind: "changes", version: from + 1, index: 0 };
  return snapshotKey === undefined ? undefined : { kind: "snapshot", name: nameIn(snapshotKey), index: 0 };
}

/** Fills the page from one snapshot, which a cursor names: the calendar may have moved on meanwhile. */
async function fillWhole(
  page: Page,
  { name, index }: Extract<Place, { kind: "snapshot" }>,
  { calendar, checkpoint }: LoadedCalendar,
  objects: ChangeShelf,
): Promise<Place | undefined> {
  const { calendarId } = calendar;
  const stored = await objects.snapshots(calendarId);
  const key = stored.find((snapshot) => nameIn(snapshot.key) === name)?.key;
  if (key === undefined) throw snapshotNeeded(calendarId, 0, checkpoint.calendarVersion);
  const messages = messagesOf(wholeSet(await objects.getSnapshot(key)), calendar);
  const reached = fill(page, messages, index);
  return reached < messages.length ? { kind: "snapshot", name, index: reached } : undefined;
}

async function fillSince(
  page: Page,
  { version: first, index: firstIndex }: Extract<Place, { kind: "changes" }>,
  { calendar, checkpoint }: LoadedCalendar,
  objects: ChangeShelf,
  now: Date,
): Promise<Place | undefined> {
  const { calendarId } = calendar;
  const sets = new CommittedSets(checkpoint, await objects.changeSets(calendarId, first - 1), objects, now);
  for (let version = first; version <= checkpoint.calendarVersion; version += 1) {
    if (page.items.length >= page.limit) return { kind: "changes", version, index: 0 };
    const key = await sets.keyOf(version);
    if (key === undefined) throw snapshotNeeded(calendarId, version - 1, checkpoint.calendarVersion);
    const messages = messagesOf(await objects.getChanges(key), calendar);
    const reached = fill(page, messages, version === first ? firstIndex : 0);
    if (reached < messages.length) return { kind: "changes", version, index: reached };
  }
  return undefined;
}

/**
 * Tells the committed set of a version from those of workers that lost, or crashed before their commit. A set that stands alone and is
 * young is the committed one, for that is never deleted before its time; among several the next version says from which snapshot it came.
 */
class CommittedSets {
  private readonly checkpoint: Checkpoint;
  private readonly byVersion: ReadonlyMap<number, readonly StoredChanges[]>;
  private readonly objects: ChangeShelf;
  private readonly now: Date;

  constructor(checkpoint: Checkpoint, stored: readonly StoredChanges[], objects: ChangeShelf, now: Date) {
    this.checkpoint = checkpoint;
    this.byVersion = Map.groupBy(stored, ({ calendarVersion }) => calendarVersion);
    this.objects = objects;
    this.now = now;
  }

  /** Undefined where it is gone, or nobody can say which it is. */
  async keyOf(version: number): Promise<string | undefined> {
    const stored = this.byVersion.get(version) ?? [];
    const isYoung = stored.some(({ storedMs }) => this.now.getTime() - storedMs < KEPT_MS);
    if (isYoung && stored.length === 1) return stored[0]?.key;
    // The last two are kept for ever: a calendar that changes once a year has them.
    if (!isYoung && version < this.checkpoint.calendarVersion - 1) return undefined;
    const wanted = await this.snapshotOf(version);
    for (const { key } of stored) {
      const { snapshotKey } = await this.objects.getChanges(key);
      if (snapshotKey !== undefined && snapshotKey === wanted) return key;
    }
    return undefined;
  }

  /** The snapshot that was committed at a version. */
  private async snapshotOf(version: number): Promise<string | undefined> {
    if (version === this.checkpoint.calendarVersion) return this.checkpoint.snapshotKey;
    const next = await this.keyOf(version + 1);
    return next === undefined ? undefined : (await this.objects.getChanges(next)).previousKey;
  }
}

function nameIn(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

function ahead(calendarId: string, from: number, calendarVersion: number): Refusal {
  const what = `from is ${from} and calendar ${calendarId} is at version ${calendarVersion}, wanted a version that it has had`;
  const next = `drop the copy and ask for everything: GET /v1/calendars/${calendarId}/changes?from=0`;
  const details = { seen: String(from), wanted: `at most ${calendarVersion}`, calendarVersion };
  return new Refusal("version-ahead", what, next, { details });
}

function snapshotNeeded(calendarId: string, from: number, calendarVersion: number): Refusal {
  const what = `the changes after version ${from} of calendar ${calendarId} are kept no more, wanted a version of the last 30 days`;
  const next = `drop the copy and ask for everything: GET /v1/calendars/${calendarId}/changes?from=0`;
  const details = { seen: String(from), wanted: `0, or a version close to ${calendarVersion}`, calendarVersion };
  return new Refusal("snapshot-needed", what, next, { details });
}
