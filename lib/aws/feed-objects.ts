/** A feed's objects: the bytes that subscribers get, plain and gzip, compressed once. */
import { gzip } from "./compress.ts";
import type { ObjectClient, ObjectKind } from "./object-client.ts";

const ICS: ObjectKind = { contentType: "text/calendar; charset=utf-8" };

export class FeedObjects {
  private readonly client: ObjectClient;

  constructor(client: ObjectClient) {
    this.client = client;
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
