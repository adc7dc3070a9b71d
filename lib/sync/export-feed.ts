/** Build one feed from its members' last good snapshots and flip its pointer; equal bytes move no ETag. */
import type { Calendar } from "../contract/calendar.ts";
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { Build, Feed, Member } from "../contract/feed.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import type { ExportTask } from "../contract/task.ts";
import { buildFeed, RENDERER_VERSION } from "../core/build-feed.ts";
import type { FeedMember } from "../core/build-feed.ts";
import { definitionOf, etagOf, holdsVersion, refreshMinutesOf } from "../core/feed-build.ts";
import { feedHorizon } from "../core/feed-horizon.ts";
import { memberLabel } from "../core/feed-status.ts";
import { feedPublished } from "../core/life-messages.ts";
import { feedKey } from "../core/object-keys.ts";
import { reservationIdOf } from "../core/owners-reservations.ts";
import type { TaskEnd } from "../core/runs.ts";
import { effectiveInterval } from "../core/slots.ts";
import type { ChangeTopic } from "./finish-commit.ts";
import { dropStranger, purgeRemoved } from "./purge-feed.ts";
import type { PurgePorts } from "./purge-feed.ts";
import type { OwnersReservationBook } from "./make-reservation.ts";
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
  /** Removes `untold` where it is still this revision. */
  told(feedId: string, revision: number): Promise<void>;
}
export interface FeedObjects {
  getSnapshot(key: string): Promise<Snapshot>;
  /** Stores the plain and the gzip object and gives their sizes. */
  putFeed(key: string, ics: string): Promise<{ bytes: number; gzipBytes: number }>;
  /** Every fourth revision: deletes objects that nobody can be reading any more; `objectKey` is the one pointed at. */
  pruneFeed(feedId: string, revision: number, objectKey: string, now: Date): Promise<void>;
}
export type ExportPorts = {
  readonly feeds: FeedBook & PurgePorts["feeds"];
  readonly objects: FeedObjects & PurgePorts["objects"];
  readonly letters: LetterBook;
  readonly changes: ChangeTopic;
  readonly ownersReservations: Pick<OwnersReservationBook, "end">;
};
export type ExportContext = { readonly now: () => Date };

/** A flip that was lost this often throws, so that the task comes back after a while. */
const TRIES = 4;
const SNAPSHOTS_AT_ONCE = 8;

/** Runs one export task. Done after one read where the build holds the calendar's version already. */
export async function exportFeed(task: ExportTask, ports: ExportPorts, context: ExportContext): Promise<TaskEnd> {
  const end = await buildOnce(task, ports, context);
  if (task.reason === "reservation" && end.kind === "done") {
    const ended = { status: end.status, at: context.now().toISOString() };
    await ports.ownersReservations.end(reservationIdOf(task.taskId), ended);
  }
  return end;
}

async function buildOnce(task: ExportTask, ports: ExportPorts, context: ExportContext): Promise<TaskEnd> {
  const began = context.now().toISOString();
  const built = await builtBefore(task, ports.feeds);
  if (built !== undefined) return await endBuilt(task, built, ports, began);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const loaded = await ports.feeds.load(task.feedId);
    if (loaded?.feed.state === "removed") await purgeRemoved(loaded.feed, loaded.members, ports, context.now());
    if (loaded === undefined || loaded.feed.state === "removed") return await endGone(task, began, ports);
    if (hasDefinition(task, loaded, context.now())) return await endBuilt(task, loaded.build, ports, began);
    await dropStranger(task, loaded.members, ports);
    // Before anybody is told: what is not told yet is what the next delivery finds to do.
    const resolve = async (): Promise<void> =>
      await resolveLetter(`export-${task.feedId}`, task.taskId, ports.letters, { at: context.now().toISOString(), began });
    const end = await buildAndFlip(loaded, ports, context, resolve);
    if (end !== "lost") return end;
  }
  const reason = `feed ${task.feedId} was built by another worker ${TRIES} times in a row, wanted one undisturbed build`;
  return { kind: "retry", delaySeconds: TRIES, failure: { code: "commit-lost", reason } };
}

/** The build, where it holds the task's version or definition already. */
async function builtBefore(task: ExportTask, feeds: FeedBook): Promise<Build | undefined> {
  if (task.calendarVersion === undefined && task.definition === undefined) return undefined;
  const build = await feeds.build(task.feedId);
  if (build?.renderer !== RENDERER_VERSION) return undefined;
  const isHeld = task.definition === undefined ? holdsVersion(build, task) : build.definition === task.definition;
  return isHeld ? build : undefined;
}

/** Of many changes in a row the first builds show all: each of the other tasks finds its own overtaken and built. */
function hasDefinition(task: ExportTask, { feed, members, build }: LoadedFeed, now: Date): boolean {
  if (task.definition === undefined || build.renderer !== RENDERER_VERSION) return false;
  return build.definition === definitionOf(feed, members, now);
}

/** Whoever asked for it again need not wait. */
async function endGone({ taskId, replayOf }: ExportTask, at: string, { letters }: ExportPorts): Promise<TaskEnd> {
  if (replayOf !== undefined) await resolveLetter(replayOf, taskId, letters, { at, began: at });
  return { kind: "done", status: "gone" };
}

/** A worker that died after its flip left its letter and the telling to this delivery. */
async function endBuilt(
  { taskId }: ExportTask,
  { feedId, untold, begunAt }: Build,
  ports: ExportPorts,
  at: string,
): Promise<TaskEnd> {
  if (untold !== undefined) await resolveLetter(`export-${feedId}`, taskId, ports.letters, { at, began: begunAt ?? at });
  const loaded = untold === undefined ? undefined : await ports.feeds.load(feedId);
  if (loaded !== undefined && loaded.feed.state !== "removed") await tellPublished(loaded.feed, loaded.build, ports);
  return { kind: "done", status: "duplicate" };
}

async function tellPublished(feed: Feed, build: Build, { changes, feeds }: ExportPorts): Promise<void> {
  if (build.untold === undefined) return;
  await changes.publish(feedPublished(feed, build, build.untold));
  await feeds.told(feed.feedId, build.untold);
}

async function buildAndFlip(
  loaded: LoadedFeed,
  ports: ExportPorts,
  context: ExportContext,
  resolve: () => Promise<void>,
): Promise<TaskEnd | "lost"> {
  const { feed, members, build } = loaded;
  const now = context.now();
  const calendars = await ports.feeds.calendars(members.map((member) => member.calendarId));
  const ready = members.flatMap((member): ReadyMember[] => {
    const found = calendars.get(member.calendarId);
    const key = found?.checkpoint.snapshotKey;
    return found === undefined || key === undefined ? [] : [{ ...member, ...found, key }];
  });
  // Never an empty calendar for a feed whose sources nobody has read yet; but what was taken out of a feed must go.
  if (ready.length === 0 && !hasLost(build, members)) {
    await tellPublished(feed, build, ports);
    return { kind: "done", status: "unchanged" };
  }
  const exported = await loadMembers(ready, ports.objects);
  const built = buildFeed({
    feed,
    members: exported.map((one) => memberOf(one, feed, now)),
    refreshMinutes: refreshMinutesOf(exported.map(polledMinutes)),
    horizon: feedHorizon(feed.policy, now),
  });
  const etag = etagOf(built.ics);
  const next: Build = {
    ...build,
    revision: build.revision + 1,
    renderer: RENDERER_VERSION,
    definition: definitionOf(feed, members, now),
    begunAt: now.toISOString(),
    members: Object.fromEntries(ready.map((member) => [member.calendarId, member.checkpoint.calendarVersion])),
  };
  const isSame = build.etag === etag;
  // Subscribers have all of it already, and no mark would tell the next delivery that a letter waits.
  if (isSame) await resolve();
  const flipped = isSame ? next : { ...next, ...(await publish(next, built, etag, ports.objects, context)) };
  if ((await ports.feeds.flip(flipped, build.revision)) === "lost") return "lost";
  if (!isSame) await resolve();
  await tellPublished(feed, flipped, ports);
  const { feedId, revision, objectKey } = flipped;
  if (objectKey !== undefined) await ports.objects.pruneFeed(feedId, revision, objectKey, context.now());
  return { kind: "done", status: isSame ? "unchanged" : "exported" };
}

type ReadyMember = Member & LoadedMember & { readonly key: string };
type ExportedMember = { readonly member: ReadyMember; readonly snapshot: Snapshot };

function memberOf({ member, snapshot }: ExportedMember, feed: Feed, now: Date): FeedMember {
  const { calendar, checkpoint, mask, position, filters, edition } = member;
  const { staleCode: code, lastSuccessAt: since } = checkpoint;
  const stale = code === undefined || since === undefined ? undefined : { code, since };
  return {
    calendarId: calendar.calendarId,
    mask,
    snapshot,
    filters,
    horizon: feedHorizon(feed.policy, now, filters),
    edition,
    status: { label: memberLabel(calendar.name, mask, position), stale },
  };
}

function polledMinutes({ member, snapshot }: ExportedMember): number {
  const { intervalMinutes, policy } = member.calendar;
  return effectiveInterval(intervalMinutes, policy.refreshHint === "follow" ? snapshot.properties.refreshMinutes : undefined);
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
  const publishedAt = context.now().toISOString();
  return { ...sizes, objectKey, etag, eventCount: built.eventCount, publishedAt, untold: build.revision };
}

async function loadMembers(ready: readonly ReadyMember[], objects: FeedObjects): Promise<ExportedMember[]> {
  const members: ExportedMember[] = [];
  for (let from = 0; from < ready.length; from += SNAPSHOTS_AT_ONCE) {
    const some = ready.slice(from, from + SNAPSHOTS_AT_ONCE);
    members.push(
      ...(await Promise.all(some.map(async (member) => ({ member, snapshot: await objects.getSnapshot(member.key) })))),
    );
  }
  return members;
}
