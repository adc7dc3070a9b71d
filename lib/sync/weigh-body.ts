/** What a complete body would mean against the last good snapshot; nothing is stored by asking. */
import type { Snapshot } from "../contract/snapshot.ts";
import { diffEvents } from "../core/diff.ts";
import type { Failure } from "../core/failure.ts";
import { engineKeyOf, readEvents, scanFeed } from "../core/read-feed.ts";
import type { FeedRead, FeedScan } from "../core/read-feed.ts";
import type { CompleteBody, LoadedCalendar } from "./import-calendar.ts";

export interface SnapshotReader {
  getSnapshot(key: string): Promise<Snapshot>;
}

/** A body that was read, beside the snapshot that it is compared with. */
export type WeighedBody = {
  readonly kind: "read";
  readonly scan: FeedScan;
  readonly read: FeedRead;
  readonly previous: Snapshot | undefined;
  readonly diff: ReturnType<typeof diffEvents>;
};

/** `same`: its hash is the checkpoint's, so that no snapshot was read. */
export type Weighed = { readonly kind: "refused"; readonly failure: Failure } | { readonly kind: "same" } | WeighedBody;

/** @param takenAt UTC instant that the body is judged by */
export async function weighBody(
  { calendar, checkpoint }: LoadedCalendar,
  body: CompleteBody,
  objects: SnapshotReader,
  takenAt: string,
): Promise<Weighed> {
  const scan = scanFeed(body.bytes, body.contentType, engineKeyOf(calendar.policy));
  if (scan.kind === "refused") return { kind: "refused", failure: { code: scan.code, reason: scan.reason } };
  if (scan.contentHash === checkpoint.contentHash) return { kind: "same" };
  const previous = checkpoint.snapshotKey === undefined ? undefined : await objects.getSnapshot(checkpoint.snapshotKey);
  const read = readEvents(scan, previous?.events ?? []);
  if (read.kind === "refused") return { kind: "refused", failure: { code: read.code, reason: read.reason } };
  const diff = diffEvents({
    previous: previous?.events ?? [],
    read: read.events,
    source: calendar.source.kind,
    policy: calendar.policy,
    now: takenAt,
    churns: checkpoint.churns,
    endsAt: read.endsAt,
  });
  return { kind: "read", scan, read, previous, diff };
}
