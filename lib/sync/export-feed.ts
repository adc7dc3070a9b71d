/** Build one feed from its members' last good snapshots and flip its pointer; equal bytes move no ETag. */
import type { Calendar } from "../contract/calendar.ts";
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { Build, Feed, Member } from "../contract/feed.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import type { ExportTask } from "../contract/task.ts";
import { buildFeed, RENDERER_VERSION } from "../core/build-feed.ts";
import { definitionOf, etagOf, refreshMinutesOf } from "../core/feed-build.ts";
import { feedKey } from "../core/object-keys.ts";
import type { TaskEnd } from "../core/runs.ts";
import type { LetterBook } from "./record-letter.ts";
import { resolveLetter } from "./resolve-letters.ts";

export type LoadedFeed = { readonly feed: Feed; readonly members: readonly Member[]; readonly build: Build };
export type LoadedMember = { readonly calendar: Calendar; readonly checkpoint: Checkpoint };

export interface FeedBook {
  /** The build alone, one read; undefined before the feed's first. */
  build(feedId: string): Promise<Build | undefined>;
  /** META, members (in order of position) and build in one consistent query; undefined where the feed is missing. */
  load(feedId: string): Promise<LoadedFeed | undefined>;
  /** META and checkpoint of each calendar, by id; those that are missing or removed are left out. */
  calendars(calendarIds: readonly string[]): Promise<ReadonlyMap<string, LoadedMember>>;
  /** Writes the build where the stored revision is still `expectedRevision`. */
  flip(build: Build, expectedRevision: number): Promise<"saved" | "lost">;
}
export interface FeedObjects {
  getSnapshot(key: string): Promise<Snapshot>;
  /** Stores the plain and the gzip object and gives their sizes. */
  putFeed(key: string, ics: string): Promise<{ bytes: number; gzipBytes: number }>;
}
export type ExportPorts = { readonly feeds: FeedBook; readonly objects: FeedObjects; readonly letters: LetterBook };
export type ExportContext = { readonly now: () => Date };

/** A flip that was lost this often throws, so that the task comes back after a while. */
const TRIES = 4;
const SNAPSHOTS_AT_ONCE = 8;

/** Runs one export task. Done after one read where the build holds the calendar's version already. */
export async function exportFeed(task: ExportTask, ports: ExportPorts, context: ExportContext): Promise<TaskEnd> {
  const began = context.now().toISOString();
  if (await isBuilt(task, ports.feeds)) return { kind: "done", status: "duplicate" };
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const loaded = await ports.feeds.load(task.feedId);
    if (loaded === undefined || loaded.feed.state === "removed") return { kind: "done", status: "gone" };
    const end = await buildAndFlip(loaded, ports, context);
    if (end === "lost") continue;
    await resolveLetter(`export-${task.feedId}`, task.taskId, ports.letters, { at: context.now().toISOString(), began });
    return end;
  }
  const reason = `feed ${task.feedId} was built by another worker ${TRIES} times in a row, wanted one undisturbed build`;
  return { kind: "retry", delaySeconds: TRIES, failure: { code: "commit-lost", reason } };
}

async function isBuilt(task: ExportTask, feeds: FeedBook): Promise<boolean> {
  if (task.calendarId === undefined || task.calendarVersion === undefined) return false;
  const build = await feeds.build(task.feedId);
  if (build === undefined || build.renderer !== RENDERER_VERSION) return false;
  return (build.members[task.calendarId] ?? -1) >= task.calendarVersion;
}

async function buildAndFlip(loaded: LoadedFeed, ports: ExportPorts, context: ExportContext): Promise<TaskEnd | "lost"> {
  const { feed, members, build } = loaded;
  const calendars = await ports.feeds.calendars(members.map((member) => member.calendarId));
  const ready = members.flatMap((member) => {
    const found = calendars.get(member.calendarId);
    const key = found?.checkpoint.snapshotKey;
    return found === undefined || key === undefined ? [] : [{ ...member, ...found, key }];
  });
  // Never an empty calendar for a feed whose sources nobody has read yet; but what was taken out of a feed must go.
  if (ready.length === 0 && !hasLost(build, members)) return { kind: "done", status: "unchanged" };
  const snapshots = await loadSnapshots(
    ready.map((member) => member.key),
    ports.objects,
  );
  const built = buildFeed({
    feed,
    members: ready.map((member, index) => ({ calendarId: member.calendarId, mask: member.mask, snapshot: at(snapshots, index) })),
    refreshMinutes: refreshMinutesOf(ready.map((member) => member.calendar.intervalMinutes)),
  });
  const etag = etagOf(built.ics);
  const next: Build = {
    ...build,
    revision: build.revision + 1,
    renderer: RENDERER_VERSION,
    definition: definitionOf(feed, members),
    members: Object.fromEntries(ready.map((member) => [member.calendarId, member.checkpoint.calendarVersion])),
  };
  const isSame = build.etag === etag;
  const flipped = isSame ? next : { ...next, ...(await publish(next, built, etag, ports.objects, context)) };
  if ((await ports.feeds.flip(flipped, build.revision)) === "lost") return "lost";
  return { kind: "done", status: isSame ? "unchanged" : "exported" };
}

/** Whether the published bytes show a calendar that is no member any more. */
function hasLost(build: Build, members: readonly Member[]): boolean {
  const ids = new Set(members.map(({ calendarId }) => calendarId));
  return Object.keys(build.members).some((calendarId) => !ids.has(calendarId));
}

async function publish(
  build: Build,
  built: { readonly ics: string; readonly eventCount: number },
  etag: string,
  objects: FeedObjects,
  context: ExportContext,
): Promise<Partial<Build>> {
  const objectKey = feedKey(build.feedId, build.revision, etag);
  const sizes = await objects.putFeed(objectKey, built.ics);
  return { ...sizes, objectKey, etag, eventCount: built.eventCount, publishedAt: context.now().toISOString() };
}

async function loadSnapshots(keys: readonly string[], objects: FeedObjects): Promise<Snapshot[]> {
  const snapshots: Snapshot[] = [];
  for (let from = 0; from < keys.length; from += SNAPSHOTS_AT_ONCE) {
    snapshots.push(...(await Promise.all(keys.slice(from, from + SNAPSHOTS_AT_ONCE).map((key) => objects.getSnapshot(key)))));
  }
  return snapshots;
}

function at(snapshots: readonly Snapshot[], index: number): Snapshot {
  const snapshot = snapshots[index];
  if (snapshot === undefined) throw new RangeError(`no snapshot at ${index} of ${snapshots.length}`);
  return snapshot;
}
