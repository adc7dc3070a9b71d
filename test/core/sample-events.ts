/** Events for the tests of diff, churn and past events: as the reader gives them and as a snapshot holds them. */
import { createHash } from "node:crypto";

import type { SnapshotEvent } from "../../lib/contract/snapshot.ts";
import type { ReadEvent } from "../../lib/core/read-feed.ts";

export const NOW = "2026-05-06T01:00:00.400Z";

export type Sample = {
  readonly uid: string;
  readonly title?: string;
  readonly start?: string;
  readonly rule?: string;
  readonly recurrenceId?: string;
  readonly sequence?: number;
  readonly lastModified?: string;
};

/** An event as the source gives it; equal in meaning to any other of the same title, start, rule and recurrence id. */
export function readSample(sample: Sample): ReadEvent {
  const { uid, title = "Stand-up", start = "20260601T090000Z", rule, recurrenceId, sequence = 0, lastModified } = sample;
  const body = [
    `DTSTART:${start}`,
    ...(rule === undefined ? [] : [`RRULE:${rule}`]),
    ...(recurrenceId === undefined ? [] : [`RECURRENCE-ID:${recurrenceId}`]),
    `SUMMARY:${title}`,
  ];
  return {
    uid,
    sourceUid: uid,
    ...(recurrenceId === undefined ? {} : { recurrenceId }),
    block: digest([uid, sequence, lastModified, ...body]),
    meaning: digest(body),
    sequence,
    ...(lastModified === undefined ? {} : { lastModified }),
    text: ["BEGIN:VEVENT", `UID:${uid}`, ...body, "END:VEVENT"].join("\n"),
  };
}

/** The same event as an earlier import stored it. */
export function storedSample(sample: Sample & { readonly keptPast?: boolean; readonly sourceUid?: string }): SnapshotEvent {
  const { uid, sourceUid, recurrenceId, block, meaning, text } = readSample(sample);
  return {
    uid,
    sourceUid: sample.sourceUid ?? sourceUid,
    ...(recurrenceId === undefined ? {} : { recurrenceId }),
    block,
    meaning,
    sequence: sample.sequence ?? 0,
    lastModified: sample.lastModified ?? "20260401T000000Z",
    ...(sample.keptPast === undefined ? {} : { keptPast: sample.keptPast }),
    text,
  };
}

function digest(parts: readonly (string | number | undefined)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 16);
}
