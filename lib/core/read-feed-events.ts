/** Blocks of a feed to events: what did not change is taken over, what cannot be read keeps its formerly good copy. */
import type { Skipped, SnapshotEvent } from "../contract/snapshot.ts";
import type { Block } from "../ics/blocks.ts";
import { readEvent, readIdentity, readRevision } from "../ics/event.ts";
import type { Problem } from "../ics/problem.ts";
import type { Zones } from "../ics/zones.ts";
import type { FeedScan, ReadEvent } from "./read-feed.ts";

export type EventsRead = {
  readonly events: readonly ReadEvent[];
  readonly skipped: readonly Skipped[];
  /** VEVENTs that could not be read. */
  readonly badCount: number;
};

type Candidate = { readonly event: ReadEvent; readonly line: number };
type Bad = { readonly block: Block; readonly problem: Problem };

/** Spent by searches for the first time of doubtful rules; about half a second. */
const SEARCH_WORK = 100_000;

export function readEventBlocks(scan: FeedScan, zones: Zones, previous: readonly SnapshotEvent[]): EventsRead {
  const known = Map.groupBy(previous, ({ block }) => block);
  const candidates: Candidate[] = [];
  const skipped: Skipped[] = [];
  const bad: Bad[] = scan.blocks.broken
    .filter(({ block }) => block.name === "VEVENT")
    .map(({ block, fault }) => ({ block, problem: { ...fault, line: block.line } }));
  const unnamed: Unnamed[] = [];
  const work = { left: SEARCH_WORK };
  for (const { block, hash } of scan.hashed) {
    const before = known.get(hash)?.shift();
    if (before !== undefined) {
      candidates.push({ event: takeOver(before, block, hash), line: block.line });
      continue;
    }
    const reading = readEvent(block, zones, work);
    if ("code" in reading) {
      bad.push({ block, problem: reading });
      continue;
    }
    for (const note of reading.notes) skipped.push(note);
    const { sourceUid, recurrenceId, meaning, zoneUnknown } = reading;
    // A block of which there is something to report is stored under a hash that never matches: it is read, and reported, each time.
    const stored = reading.notes.length === 0 ? hash : `${hash}+`;
    const event = { sourceUid, recurrenceId, block: stored, meaning, zoneUnknown, ...readRevision(block) };
    if (sourceUid === "") unnamed.push({ event, line: block.line, contentKey: reading.contentKey, textFor: reading.textFor });
    else candidates.push({ event: { ...event, uid: sourceUid, text: reading.textFor(sourceUid) }, line: block.line });
  }
  const { events, doubled } = chooseCopies([...candidates, ...nameEvents(unnamed, candidates)]);
  const kept = keepFormerlyGood(bad, events, zones, previous);
  return {
    events: [...events, ...kept],
    skipped: [...bad.map(({ problem }) => problem), ...skipped, ...doubled].toSorted((a, b) => a.line - b.line),
    badCount: bad.length,
  };
}

/** The stored UID may be a pinned one; the source's is what counts here. */
function takeOver(before: SnapshotEvent, block: Block, hash: string): ReadEvent {
  const { sourceUid, recurrenceId, meaning, zoneUnknown } = before;
  const uid = sourceUid === "" ? before.uid : sourceUid;
  const text = uid === before.uid ? before.text : before.text.replace(`\nUID:${before.uid}\n`, () => `\nUID:${uid}\n`);
  return { uid, sourceUid, recurrenceId, block: hash, meaning, zoneUnknown, ...readRevision(block), text };
}

type Unnamed = {
  readonly event: Omit<ReadEvent, "uid" | "text">;
  readonly line: number;
  readonly contentKey: string;
  readonly textFor: (uid: string) => string;
};

/** Events of equal content are told apart by a number, given in the order of their blocks' hashes, not of the feed. */
function nameEvents(unnamed: readonly Unnamed[], taken: readonly Candidate[]): readonly Candidate[] {
  const used = new Set(taken.map(({ event }) => event.uid));
  const ordinals = new Map<string, number>();
  const ordered = unnamed.toSorted((a, b) => (a.event.block < b.event.block ? -1 : 1));
  return ordered.map(({ event, line, contentKey, textFor }) => {
    let ordinal = (ordinals.get(contentKey) ?? 0) + 1;
    while (used.has(syntheticUid(contentKey, ordinal))) ordinal += 1;
    ordinals.set(contentKey, ordinal);
    const uid = syntheticUid(contentKey, ordinal);
    return { event: { ...event, uid, text: textFor(uid) }, line };
  });
}

function syntheticUid(contentKey: string, ordinal: number): string {
  return `${contentKey}-${ordinal}@calferry`;
}

/** Of copies of one event the highest SEQUENCE stands, then the latest LAST-MODIFIED, then the text. */
function chooseCopies(candidates: readonly Candidate[]): {
  readonly events: readonly ReadEvent[];
  readonly doubled: readonly Skipped[];
} {
  const events: ReadEvent[] = [];
  const doubled: Skipped[] = [];
  for (const copies of Map.groupBy(candidates, ({ event }) => identityOf(event)).values()) {
    const [best, ...others] = copies.toSorted((a, b) => compareCopies(b.event, a.event));
    if (best !== undefined) events.push(best.event);
    for (const { event, line } of others) {
      doubled.push({
        line,
        uid: event.uid,
        code: "uid-duplicate",
        reason: `line ${best?.line ?? 0} has the same UID and RECURRENCE-ID with ${event.text === best?.event.text ? "the same text" : "a newer revision"}, expected one copy`,
      });
    }
  }
  return { events, doubled };
}

function identityOf({ uid, recurrenceId }: Pick<ReadEvent, "uid" | "recurrenceId">): string {
  return `${recurrenceId ?? ""}\n${uid}`;
}

function compareCopies(a: ReadEvent, b: ReadEvent): number {
  return a.sequence - b.sequence || compareText(a.lastModified ?? "", b.lastModified ?? "") || compareText(a.text, b.text);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Stored copies of what the source still has but nobody can read. */
function keepFormerlyGood(
  bad: readonly Bad[],
  events: readonly ReadEvent[],
  zones: Zones,
  previous: readonly SnapshotEvent[],
): readonly ReadEvent[] {
  if (bad.length === 0 || previous.length === 0) return [];
  const present = new Set(events.map(identityOf));
  const copiesOf = formerCopies(previous);
  const kept: ReadEvent[] = [];
  for (const { block } of bad) {
    const { sourceUid, occurrence } = readIdentity(block, zones);
    for (const before of copiesOf(sourceUid, occurrence)) {
      const event = takeOver(before, block, before.block);
      if (present.has(identityOf(event))) continue;
      present.add(identityOf(event));
      kept.push({ ...event, sequence: before.sequence, lastModified: before.lastModified });
    }
  }
  return kept;
}

type Occurrence = ReturnType<typeof readIdentity>["occurrence"];

/** What a bad block may stand for. A RECURRENCE-ID that cannot be read may be any of its UID's, all of which are given once. */
function formerCopies(previous: readonly SnapshotEvent[]): (uid: string, occurrence: Occurrence) => readonly SnapshotEvent[] {
  const live = previous.filter(({ keptPast }) => keptPast !== true);
  const uidOf = ({ uid, sourceUid }: SnapshotEvent): string => (sourceUid === "" ? uid : sourceUid);
  const byIdentity = Map.groupBy(live, (event) => identityOf({ uid: uidOf(event), recurrenceId: event.recurrenceId }));
  const overrides = Map.groupBy(
    live.filter(({ recurrenceId }) => recurrenceId !== undefined),
    uidOf,
  );
  return (uid, occurrence) => {
    if (occurrence === "master") return byIdentity.get(identityOf({ uid })) ?? [];
    if (occurrence !== "unreadable") return byIdentity.get(identityOf({ uid, recurrenceId: occurrence.recurrenceId })) ?? [];
    const all = overrides.get(uid) ?? [];
    overrides.delete(uid);
    return all;
  };
}
