/** Invariants of each write: what a checkpoint or a build may become, seen at the moment it does. */
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import type { ChangeSet } from "../../lib/contract/change.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import type { Build } from "../../lib/contract/feed.ts";
import type { Snapshot, SnapshotEvent } from "../../lib/contract/snapshot.ts";
import { changeMessages } from "../../lib/core/change-messages.ts";
import { etagOf } from "../../lib/core/feed-build.ts";
import { effectiveInterval, slotOf } from "../../lib/core/slots.ts";
import { startsPerSecond } from "../../lib/core/pace.ts";
import { checkLife } from "./life.ts";
import type { Outcomes } from "./outcomes.ts";
import type { Simulation } from "./simulation.ts";
import { Turns } from "./turns.ts";
import type { Witness } from "./witness.ts";

const DAY_MS = 86_400_000;
const LEAST_LOSS = 3;
/** Of a late tick and of the next one: each may have one start that it did not reserve. */
const UNRESERVED = 2;

export class Observer {
  /** Keys of the change sets that were committed, by calendar and version: what `changes?from=N` answers from. */
  readonly committed = new Map<string, Map<number, string>>();
  commits = 0;
  flips = 0;
  heldRemovals = 0;
  /** Host and start of each periodic task that was sent, UTC milliseconds. */
  private readonly starts = new Map<string, number[]>();
  private readonly started = new Set<string>();
  /** When the newest fetch began that found a calendar sound. */
  private readonly soundAt = new Map<string, string>();
  /** Which process moved each calendar's slot last, and when. */
  private readonly moves = new Map<string, { readonly by: number | undefined; readonly atMs: number }>();
  private readonly simulation: Simulation;
  private readonly witness: Witness;
  private writesSeen = 0;

  constructor(simulation: Simulation, witness: Witness, outcomes: Outcomes) {
    this.simulation = simulation;
    this.witness = witness;
    const turns = new Turns(simulation);
    const { calendars, feeds } = simulation.world;
    calendars.observe = (before, after): void => {
      turns.saved(after);
      if (before === undefined) return;
      if (before.wheel !== after.wheel) this.moves.set(after.calendarId, { by: simulation.actor?.id, atMs: simulation.nowMs });
      this.saved(before, after);
      outcomes.saved(before, after);
    };
    simulation.world.imports.observePaced = (task, host): void => {
      turns.taskSent(task);
      if (task.reason !== "mend" && this.isFirst(task)) this.sentPaced(Date.parse(task.startAt), host);
    };
    feeds.observe = (before, after): void => this.flipped(before, after);
  }

  /** A task that somebody asked for takes its host's next free start, however often it is sent. */
  startSent(task: ImportTask): void {
    const host = this.simulation.world.calendars.checkpoints.get(task.calendarId)?.host;
    if (host !== undefined && task.reason !== "mend" && this.isFirst(task)) this.sentPaced(Date.parse(task.startAt), host);
  }

  /** A batch that SQS was sent twice makes each of its tasks ask once. */
  private isFirst({ taskId, startAt }: ImportTask): boolean {
    const start = `${taskId} ${startAt}`;
    if (this.started.has(start)) return false;
    this.started.add(start);
    return true;
  }

  /** Every pointer names a complete object, and no key was used twice. */
  checkPointers(): void {
    const { calendars, feeds, objects } = this.simulation.world;
    const writes = calendars.writes + feeds.writes + objects.writes;
    if (writes === this.writesSeen) return;
    this.writesSeen = writes;
    const keys = [
      ...[...calendars.checkpoints.values()].flatMap(({ snapshotKey, pending }) => [snapshotKey, pending?.changesKey]),
      ...[...feeds.builds.values()].flatMap(({ objectKey }) => (objectKey === undefined ? [] : [objectKey, `${objectKey}.gz`])),
    ];
    for (const key of keys) {
      if (key !== undefined && !objects.stored.has(key)) this.simulation.violate(`a pointer names ${key}, which is not there`);
    }
    if (objects.overwritten.length > 0) this.simulation.violate(`${objects.overwritten.join(", ")} was written twice`);
  }

  private saved(before: Checkpoint, after: Checkpoint): void {
    const { calendarId } = after;
    for (const text of backwards(before, after)) this.violate(calendarId, text);
    checkLife(this.simulation, before, after);
    if (before.pending !== undefined && after.pending?.version !== before.pending.version) this.checkKept(before);
    if (after.calendarVersion !== before.calendarVersion) this.checkCommit(before, after);
    else if (after.snapshotKey !== before.snapshotKey) this.violate(calendarId, "changed its snapshot without a version");
    const { fetchedAt = "", outcome } = after;
    if (fetchedAt !== before.fetchedAt && outcome?.status !== "held") this.soundAt.set(calendarId, fetchedAt);
  }

  /** No host is asked above its pace: one start that needed no reservation may fall between reserved ones. */
  private sentPaced(startMs: number, host: string): void {
    const { stored } = this.simulation.world.hosts;
    const gapMs = 1000 / startsPerSecond(stored.get(host) ?? { version: 1, host });
    const starts = this.starts.get(host) ?? [];
    const near = [...starts, startMs].filter((other) => Math.abs(other - startMs) < gapMs - 1);
    // One a pace before it and one a pace after it are not within one pace.
    const most = Math.max(...near.map((first) => near.filter((one) => one >= first && one - first < gapMs - 1).length));
    if (most > 1 + UNRESERVED) this.simulation.violate(`host ${host} gets ${most} starts within ${gapMs} ms`);
    this.starts.set(host, [...starts.slice(-200), startMs]);
  }

  /** What `pending` promised was done before it went. */
  private checkKept({ calendarId, pending }: Checkpoint): void {
    if (pending === undefined) return;
    const { world } = this.simulation;
    const sent = new Set(
      world.published
        .filter((message) => message.calendarId === calendarId && message.calendarVersion === pending.version)
        .map(({ part }) => part),
    );
    const messages = changeMessages(this.changesAt(pending.changesKey), pending.changesKey);
    for (const { part, parts } of messages) {
      if (!sent.has(part)) this.violate(calendarId, `forgot to publish part ${part} of ${parts} of version ${pending.version}`);
    }
  }

  private checkCommit(before: Checkpoint, after: Checkpoint): void {
    const { calendarId, pending } = after;
    this.commits += 1;
    if (after.calendarVersion !== before.calendarVersion + 1) this.violate(calendarId, `jumped to ${after.calendarVersion}`);
    if (pending?.version !== after.calendarVersion) return this.violate(calendarId, `committed without pending work`);
    const known = this.committed.get(calendarId) ?? new Map<number, string>();
    if (after.snapshotKey !== undefined)
      this.simulation.snapshots.set(`${calendarId} ${after.calendarVersion}`, after.snapshotKey);
    this.simulation.changes.add(pending.changesKey);
    this.committed.set(calendarId, known.set(after.calendarVersion, pending.changesKey));
    const [old, next] = [this.snapshotAt(before.snapshotKey), this.snapshotAt(after.snapshotKey)];
    const set = this.changesAt(pending.changesKey);
    if (next === undefined || next.eventCount !== next.events.length)
      return this.violate(calendarId, "points at half a snapshot");
    if (facts(applied(old?.events ?? [], set)) !== facts(next.events))
      this.violate(calendarId, "published other changes than it made");
    this.checkSource(after, next);
    this.checkNeed(after, set, old, next);
    if (old !== undefined) this.checkGuard(after, old, next);
  }

  /** The same events make no version, but for an app's PUT; and the slot is the one that the body asks for, as who commits it knows its owner. */
  private checkNeed({ calendarId, wheel }: Checkpoint, { changes }: ChangeSet, old: Snapshot | undefined, next: Snapshot): void {
    const calendar = this.readBy(calendarId);
    if (calendar?.source.kind !== "url") return;
    if (changes.length === 0 && isLike(old, next)) this.violate(calendarId, "made a version of nothing new");
    const hint = calendar.policy.refreshHint === "follow" ? next.properties.refreshMinutes : undefined;
    const slot = slotOf(calendarId, effectiveInterval(calendar.intervalMinutes, hint));
    if (wheel !== undefined && slot !== wheel && this.hasPlaced(calendarId))
      this.violate(calendarId, `is at ${wheel}, its body asks for ${slot}`);
  }

  /**
   * Who commits a body moves its calendar's slot. Where it read the calendar off the wheel, or somebody moved it since, be it back to where
   * it was, it leaves the slot to the sweep.
   */
  private hasPlaced(calendarId: string): boolean {
    const { actor } = this.simulation;
    const isImport = actor?.task !== undefined || actor?.name.startsWith("approve") === true;
    if (!isImport) return false;
    const { checkpoint, atMs = 0 } = this.witness.seen(actor) ?? {};
    const last = this.moves.get(calendarId);
    return checkpoint?.wheel !== undefined && (last === undefined || last.atMs < atMs || last.by === actor.id);
  }

  /** The calendar as who writes its checkpoint has read it; its owner may have changed it since. */
  private readBy(calendarId: string): Calendar | undefined {
    const { actor, world } = this.simulation;
    const seen = actor === undefined ? undefined : this.witness.seen(actor)?.calendar;
    return seen?.calendarId === calendarId ? seen : world.calendars.metas.get(calendarId);
  }

  /** A url calendar has just what one complete body gave: a worker's of the address as it read it, a person's of any, for what is held or kept was looked at before. */
  private checkSource({ calendarId }: Checkpoint, { events }: Snapshot): void {
    const { sources } = this.simulation.world;
    const source = this.readBy(calendarId)?.source;
    if (source?.kind !== "url") return;
    const asked = this.simulation.actor?.task === undefined ? [...sources.byUrl.keys()] : [source.url];
    const bodies = asked.flatMap((url) => sources.byUrl.get(url)?.served ?? []).flatMap(({ body }) => body ?? []);
    const uids = titlesGiven(events);
    if (!bodies.some((body) => body.includes("END:VCALENDAR") && titlesOf(body) === uids)) {
      this.violate(calendarId, `holds what no body gave: ${uids}`);
    }
  }

  /** A mass removal waited its time, and was seen again and again. */
  private checkGuard(after: Checkpoint, old: Snapshot, next: Snapshot): void {
    const { calendarId } = after;
    if (this.simulation.world.calendars.metas.get(calendarId)?.source.kind !== "url") return;
    const left = new Set(next.events.map(({ uid }) => uid));
    const removed = old.events.filter(({ uid }) => !left.has(uid)).length;
    const isMass = removed >= LEAST_LOSS && removed * 2 > old.events.length;
    const isAll = old.events.length > 0 && left.size === 0;
    if (!isMass && !isAll) return;
    // A person's word is final.
    if (this.simulation.actor?.task === undefined) return;
    this.heldRemovals += 1;
    this.checkHold(calendarId, isAll ? 3 * DAY_MS : DAY_MS);
  }

  private checkHold(calendarId: string, leastMs: number): void {
    const hold = this.simulation.world.calendars.holds.get(calendarId);
    if (hold === undefined) return this.violate(calendarId, "lost most of its events without a hold");
    const waitedMs = this.simulation.nowMs - Date.parse(hold.openedAt);
    if (hold.openedAt <= (this.soundAt.get(calendarId) ?? ""))
      this.violate(calendarId, "applied a hold that a sound body had ended");
    if (waitedMs < leastMs || hold.confirmations < 2) {
      this.violate(calendarId, `applied a hold of ${waitedMs / 3_600_000} hours and ${hold.confirmations} confirmations`);
    }
  }

  private flipped(before: Build | undefined, after: Build): void {
    const { feedId, objectKey, etag } = after;
    this.flips += 1;
    const violate = (text: string): void => this.simulation.violate(`feed ${feedId} ${text}`);
    if (after.revision !== (before?.revision ?? 0) + 1) violate(`jumped to revision ${after.revision}`);
    if (objectKey === undefined || etag === undefined) return violate("was flipped to no object");
    // Of a feed that was removed meanwhile the bytes are gone, and nobody reads its build.
    const isFound = this.simulation.world.feeds.metas.get(feedId)?.state === "active";
    if (isFound && etagOf(this.textAt(objectKey)) !== etag) violate("has an ETag of other bytes");
    if (before !== undefined) for (const text of wrongMoves(before, after)) violate(text);
  }

  private snapshotAt(key: string | undefined): Snapshot | undefined {
    if (key === undefined) return undefined;
    const snapshot: Snapshot | undefined = JSON.parse(this.textAt(key));
    return snapshot;
  }

  private changesAt(key: string): ChangeSet {
    const set: ChangeSet = JSON.parse(this.textAt(key));
    return set;
  }

  /** The object's text; the error of a missing one would be taken for one that passes. */
  private textAt(key: string): string {
    if (this.simulation.world.objects.stored.has(key)) return this.simulation.world.objects.text(key);
    this.simulation.violate(`a pointer names ${key}, which is not there`);
    return '{"events":[],"changes":[]}';
  }

  private violate(calendarId: string, text: string): void {
    this.simulation.violate(`calendar ${calendarId} ${text}`);
  }
}

function backwards(before: Checkpoint, after: Checkpoint): string[] {
  const isOlder = (after.fetchedAt ?? "") < (before.fetchedAt ?? "");
  return [
    ...(after.lastTurn < before.lastTurn ? [`went back from turn ${before.lastTurn} to ${after.lastTurn}`] : []),
    ...(isOlder ? ["went back to an older fetch"] : []),
  ];
}

function wrongMoves(before: Build, after: Build): string[] {
  const moved = before.objectKey !== after.objectKey || before.publishedAt !== after.publishedAt;
  const older = Object.entries(after.members).filter(([calendarId, version]) => version < (before.members[calendarId] ?? 0));
  return [
    ...(before.etag === after.etag && moved ? ["moved for equal bytes"] : []),
    ...older.map(([calendarId, version]) => `went back to version ${version} of ${calendarId}`),
  ];
}

type Known = Pick<SnapshotEvent, "uid" | "recurrenceId" | "sequence" | "text">;

/** Events after a change set, as a receiver applies it. */
export function applied(events: readonly Known[], { changes }: Pick<ChangeSet, "changes">): Known[] {
  const byId = new Map(events.map((event) => [idOf(event), event]));
  for (const { kind, uid, recurrenceId, sequence, text = "" } of changes) {
    if (kind === "deleted") byId.delete(idOf({ uid, recurrenceId }));
    else byId.set(idOf({ uid, recurrenceId }), { uid, recurrenceId, sequence, text });
  }
  return [...byId.values()];
}

export function facts(events: readonly Known[]): string {
  return JSON.stringify(
    events
      .map(({ uid, recurrenceId = "", sequence, text }) => [uid, recurrenceId, sequence, text])
      .toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)),
  );
}

function idOf({ uid, recurrenceId = "" }: { readonly uid: string; readonly recurrenceId?: string | undefined }): string {
  return `${uid} ${recurrenceId}`;
}

function isLike(old: Snapshot | undefined, next: Snapshot): boolean {
  if (old === undefined) return false;
  // An event that its source names anew is known by that name from now on.
  const isNamedAlike = titlesGiven(old.events) === titlesGiven(next.events);
  return (
    isNamedAlike && facts(old.events) === facts(next.events) && JSON.stringify(old.properties) === JSON.stringify(next.properties)
  );
}

/** UIDs and titles of an iCalendar text, sorted. */
export function titlesOf(text: string): string {
  const uids = [...text.matchAll(/^UID:(.+?)\r?$/gmu)].map(([, uid = ""]) => uid);
  const titles = [...text.matchAll(/^SUMMARY:(.+?)\r?$/gmu)].map(([, title = ""]) => title);
  return uids
    .map((uid, index) => `${uid}=${titles[index]}`)
    .toSorted()
    .join(" ");
}

/** The same of what a calendar has, by the UIDs that its source gave last. */
export function titlesGiven(events: readonly Pick<SnapshotEvent, "sourceUid" | "text">[]): string {
  return titlesOf(events.map(({ sourceUid, text }) => text.replace(/^UID:.*$/mu, () => `UID:${sourceUid}`)).join("\n"));
}
