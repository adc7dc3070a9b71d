/** Run one export task: a feed that has what the task asks for is left as it is, another one is built from its members' last good snapshots. */
import type { Calendar } from "../contract/calendar.ts";
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { Build, Feed, Member } from "../contract/feed.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import type { ExportTask } from "../contract/task.ts";
import { RENDERER_VERSION } from "../core/build-feed.ts";
import { definitionOf, holdsVersion } from "../core/feed-build.ts";
import { reservationIdOf } from "../core/owners-reservations.ts";
import type { TaskEnd } from "../core/runs.ts";
import type { MemberBook } from "./change-members.ts";
import type { ChangeTopic } from "./finish-commit.ts";
import { flipBuild } from "./flip-build.ts";
import { dropStranger, purgeRemoved } from "./purge-feed.ts";
import type { PurgePorts } from "./purge-feed.ts";
import type { OwnersReservationBook } from "./make-reservation.ts";
import type { LetterBook } from "./record-letter.ts";
import { resolveLetter } from "./resolve-letters.ts";
import { tellPublished } from "./tell-published.ts";

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
  readonly feeds: FeedBook & PurgePorts["feeds"] & Pick<MemberBook, "putPointers">;
  readonly objects: FeedObjects & PurgePorts["objects"];
  readonly letters: LetterBook;
  readonly changes: ChangeTopic;
  readonly ownersReservations: Pick<OwnersReservationBook, "end">;
};
export type ExportContext = { readonly now: () => Date };

/** A flip that was lost this often throws, so that the task comes back after a while. */
const TRIES = 4;

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
    const end = await flipBuild(loaded, ports, context, resolve);
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

/** Its calendar need not ask again, whoever asked for it again need not wait. */
async function endGone(task: ExportTask, at: string, { feeds, letters }: ExportPorts): Promise<TaskEnd> {
  const { taskId, replayOf } = task;
  await dropStranger(task, [], { feeds });
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
