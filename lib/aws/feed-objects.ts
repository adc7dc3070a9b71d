/** What an export reads and writes: its members' snapshots, and the bytes that subscribers get, compressed once. */
import type { Snapshot } from "../contract/snapshot.ts";
import { gzip } from "./compress.ts";
import type { ObjectClient, ObjectKind } from "./object-client.ts";
import { getSnapshot } from "./snapshot-object.ts";

const ICS: ObjectKind = { contentType: "text/calendar; charset=utf-8" };

const PRUNE_EVERY = 4;
/** Revisions kept before the one that is pointed at. */
const KEPT_BEFORE = 2;
const KEPT_MS = 24 * 3_600_000;

export class FeedObjects {
  private readonly client: ObjectClient;

  constructor(client: ObjectClient) {
    this.client = client;
  }

  async getSnapshot(key: string): Promise<Snapshot> {
    return await getSnapshot(this.client, key);
  }

  async putFeed(key: string, ics: string): Promise<{ bytes: number; gzipBytes: number }> {
    const bytes = Buffer.from(ics);
    const small = await gzip(bytes);
    await Promise.all([
      this.client.put(key, bytes, ICS),
      this.client.put(`${key}.gz`, small, { ...ICS, contentEncoding: "gzip" }),
    ]);
    return { bytes: bytes.length, gzipBytes: small.length };
  }

  async getBytes(key: string): Promise<Uint8Array> {
    return await this.client.get(key);
  }

  async deleteFeedObjects(feedId: string): Promise<void> {
    const stored = await this.client.list(`feeds/${feedId}/`);
    await this.client.delete(stored.map(({ key }) => key));
  }

  /** Builds of equal bytes move the revision, not the object: what is kept is counted from the one pointed at. */
  async pruneFeed(feedId: string, revision: number, objectKey: string, now: Date): Promise<void> {
    if (revision % PRUNE_EVERY !== 0) return;
    const prefix = `feeds/${feedId}/`;
    const pointed = revisionIn(objectKey, prefix);
    const older = (await this.client.list(prefix)).filter(({ key }) => revisionIn(key, prefix) < pointed);
    const revisions = [...new Set(older.map(({ key }) => revisionIn(key, prefix)))].toSorted((one, other) => other - one);
    const kept = new Set(revisions.slice(0, KEPT_BEFORE));
    const old = older.filter(({ key, modifiedMs }) => !kept.has(revisionIn(key, prefix)) && now.getTime() - modifiedMs > KEPT_MS);
    await this.client.delete(old.map(({ key }) => key));
  }
}

/** `<revision>-<hash>.ics` */
function revisionIn(key: string, prefix: string): number {
  return Number.parseInt(key.slice(prefix.length), 10);
}
