/** A snapshot as an object: gzip, one JSON line each for the header and every event. */
import { SnapshotEvent, SnapshotHeader } from "../contract/snapshot.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { gunzip, gzip } from "./compress.ts";
import type { ObjectClient } from "./object-client.ts";

export async function putSnapshot(client: ObjectClient, key: string, snapshot: Snapshot): Promise<void> {
  const { events, ...header } = snapshot;
  const lines = [header, ...events].map((part) => `${JSON.stringify(part)}\n`);
  await client.put(key, await gzip(lines.join("")), { contentType: "application/x-ndjson", contentEncoding: "gzip" });
}

export async function getSnapshot(client: ObjectClient, key: string): Promise<Snapshot> {
  const text = Buffer.from(await gunzip(await client.get(key))).toString();
  const [header = "", ...events] = text.trimEnd().split("\n");
  return { ...SnapshotHeader.parse(JSON.parse(header)), events: events.map((line) => SnapshotEvent.parse(JSON.parse(line))) };
}
