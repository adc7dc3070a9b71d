/** What an export reads and writes: its members' snapshots, and the bytes that subscribers get, compressed once. */
import type { Snapshot } from "../contract/snapshot.ts";
import { gzip } from "./compress.ts";
import type { ObjectClient, ObjectKind } from "./object-client.ts";
import { getSnapshot } from "./snapshot-object.ts";

const ICS: ObjectKind = { contentType: "text/calendar; charset=utf-8" };

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
}
