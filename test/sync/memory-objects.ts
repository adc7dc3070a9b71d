/** The bucket in memory: a key is written once, a missing one is an error that passes. */
import { ChangeSet } from "../../lib/contract/change.ts";
import { Snapshot } from "../../lib/contract/snapshot.ts";
import { ServiceUnavailable } from "../../lib/core/failure.ts";
import { oldKeys } from "../../lib/core/old-objects.ts";
import type { BodyObjects } from "../../lib/sync/accept-body.ts";
import type { FeedObjects } from "../../lib/sync/export-feed.ts";
import type { ChangeObjects } from "../../lib/sync/finish-commit.ts";
import type { SnapshotShelf, StoredSnapshot } from "../../lib/sync/kept-versions.ts";
import type { ChangeShelf, StoredChanges } from "../../lib/sync/list-changes.ts";
import type { ServedObjects } from "../../lib/sync/serve-feed.ts";
import type { Clock } from "./clock.ts";

type Stored = { readonly bytes: Uint8Array; readonly modifiedMs: number };

const DAY_MS = 86_400_000;
const PRUNE_EVERY = 4;
const KEPT_BEFORE = 2;

export class MemoryObjects implements BodyObjects, ChangeObjects, FeedObjects, ServedObjects, SnapshotShelf, ChangeShelf {
  readonly stored = new Map<string, Stored>();
  /** Moves with each object that is written or deleted. */
  writes = 0;
  /** Keys that were written again with other bytes: there must never be any. */
  readonly overwritten: string[] = [];
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  async putSnapshot(key: string, snapshot: Snapshot): Promise<void> {
    this.put(key, JSON.stringify(snapshot));
  }

  async getSnapshot(key: string): Promise<Snapshot> {
    return Snapshot.parse(JSON.parse(this.text(key)));
  }

  async putChanges(key: string, changes: ChangeSet): Promise<void> {
    this.put(key, JSON.stringify(changes));
  }

  async getChanges(key: string): Promise<ChangeSet> {
    return ChangeSet.parse(JSON.parse(this.text(key)));
  }

  async putHeld(calendarId: string, holdId: string, bytes: Uint8Array): Promise<string> {
    const key = `snapshots/${calendarId}/held-${holdId}`;
    this.put(key, bytes);
    return key;
  }

  async snapshots(calendarId: string): Promise<readonly StoredSnapshot[]> {
    const prefix = `snapshots/${calendarId}/`;
    const stored = [...this.stored.keys()].filter((key) => key.startsWith(prefix));
    return stored.flatMap((key) => {
      const calendarVersion = Number.parseInt(key.slice(prefix.length), 10);
      return Number.isNaN(calendarVersion) ? [] : [{ calendarVersion, key }];
    });
  }

  async changeSets(calendarId: string, after: number): Promise<readonly StoredChanges[]> {
    const prefix = `changes/${calendarId}/`;
    return [...this.stored].flatMap(([key, { modifiedMs: storedMs }]) => {
      const calendarVersion = key.startsWith(prefix) ? Number.parseInt(key.slice(prefix.length), 10) : 0;
      return calendarVersion > after ? [{ calendarVersion, key, storedMs }] : [];
    });
  }

  async getHeld(key: string): Promise<Uint8Array> {
    return this.bytes(key);
  }

  async prune(calendarId: string, calendarVersion: number, now: Date): Promise<void> {
    if (calendarVersion % PRUNE_EVERY !== 0) return;
    for (const [prefix, keptMs] of [
      [`snapshots/${calendarId}/`, DAY_MS],
      [`changes/${calendarId}/`, 31 * DAY_MS],
    ] as const) {
      const own = [...this.stored].flatMap(([key, { modifiedMs }]) =>
        key.startsWith(prefix) ? [{ key, version: Number.parseInt(key.slice(prefix.length), 10) || 0, modifiedMs }] : [],
      );
      for (const key of oldKeys(own, { calendarVersion, keptMs, now })) this.stored.delete(key);
      this.writes += 1;
    }
  }

  async putFeed(key: string, ics: string): Promise<{ bytes: number; gzipBytes: number }> {
    const bytes = Buffer.byteLength(ics);
    this.put(key, ics);
    // Not compressed: nothing here reads it, and compressing costs more than all the rest of a simulated export.
    this.put(`${key}.gz`, ics);
    return { bytes, gzipBytes: bytes };
  }

  async pruneFeed(feedId: string, revision: number, objectKey: string, now: Date): Promise<void> {
    if (revision % PRUNE_EVERY !== 0) return;
    const prefix = `feeds/${feedId}/`;
    const revisionOf = (key: string): number => Number.parseInt(key.slice(prefix.length), 10);
    const older = [...this.stored.keys()].filter((key) => key.startsWith(prefix) && revisionOf(key) < revisionOf(objectKey));
    const kept = new Set([...new Set(older.map(revisionOf))].toSorted((one, other) => other - one).slice(0, KEPT_BEFORE));
    for (const key of older) {
      const isOld = now.getTime() - (this.stored.get(key)?.modifiedMs ?? 0) > DAY_MS;
      if (isOld && !kept.has(revisionOf(key))) this.stored.delete(key);
    }
  }

  async deleteFeedObjects(feedId: string): Promise<void> {
    for (const key of this.stored.keys()) if (key.startsWith(`feeds/${feedId}/`)) this.stored.delete(key);
  }

  async getBytes(key: string): Promise<Uint8Array> {
    return this.bytes(key);
  }

  async sign(key: string, seconds: number): Promise<string> {
    return `https://objects.example/${key}?seconds=${seconds}`;
  }

  text(key: string): string {
    return Buffer.from(this.bytes(key)).toString();
  }

  private put(key: string, content: string | Uint8Array): void {
    const bytes = Buffer.from(content);
    const before = this.stored.get(key);
    if (before !== undefined && !bytes.equals(before.bytes)) this.overwritten.push(key);
    this.stored.set(key, { bytes, modifiedMs: this.clock.nowMs });
    this.writes += 1;
  }

  private bytes(key: string): Uint8Array {
    const stored = this.stored.get(key);
    if (stored === undefined) throw new ServiceUnavailable(`no object ${key}, wanted what its record points at`);
    return stored.bytes;
  }
}
