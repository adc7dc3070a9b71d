/** Which stored group of events (all of one UID) a read group is, also where the source has changed its UIDs. */
import type { SnapshotEvent } from "../contract/snapshot.ts";
import { propertiesOf, readComponent } from "../ics/component.ts";
import { writeContentLine } from "../ics/content-line.ts";
import { readGroups, sourceKey, storedGroups } from "./event-group.ts";
import type { ReadGroup, StoredGroup } from "./event-group.ts";
import type { ReadEvent } from "./read-feed.ts";

/** From the second time on a UID is weak evidence at this source: the meaning is asked first. */
const KNOWN_CHURNER = 2;

type GroupMatchInput = {
  readonly previous: readonly SnapshotEvent[];
  readonly read: readonly ReadEvent[];
  /** Whether a group with a new UID may be an older one. */
  readonly pinning: "allowed" | "forbidden";
  /** Times that the source changed all its UIDs. */
  readonly churns: number;
};

export type MatchedGroup = {
  /** Ours: the stored one, or for a new group the source's made unique. */
  readonly uid: string;
  /** Empty where the group is new. */
  readonly stored: readonly SnapshotEvent[];
  readonly read: readonly ReadEvent[];
};

type GroupMatch = {
  readonly matched: readonly MatchedGroup[];
  /** Stored groups that the source gives no longer. */
  readonly dropped: readonly (readonly SnapshotEvent[])[];
  /** At least half of the source's UIDs were new and pinned to older ones. */
  readonly churned: boolean;
};

/** One way to know a group again: one of the stored group's keys is the read group's. */
type Pass = {
  readonly storedKeys: (group: StoredGroup) => readonly string[];
  readonly readKey: (group: ReadGroup) => string;
};

/** What no pass has matched yet, in the order in which candidates are taken, and what was matched. */
type Matching = {
  readonly stored: readonly StoredGroup[];
  readonly read: readonly ReadGroup[];
  readonly found: ReadonlyMap<ReadGroup, StoredGroup>;
};

const BY_SOURCE_UID: Pass = { storedKeys: (group) => group.live.map(sourceKey), readKey: (group) => group.key };
const BY_ANY_UID: Pass = { storedKeys: knownUids, readKey: (group) => group.key };
const BY_MEANING: Pass = {
  storedKeys: (group) => [meaningOf(group.live.length > 0 ? group.live : group.events)],
  readKey: (group) => meaningOf(group.events),
};
const BY_MEANING_AND_UID: Pass = {
  storedKeys: (group) => {
    const meaning = meaningOf(group.live);
    return [...new Set(group.live.map(sourceKey))].map((key) => `${meaning} ${key}`);
  },
  readKey: (group) => `${meaningOf(group.events)} ${group.key}`,
};
const BY_START_AND_TITLE = byLines(["RECURRENCE-ID", "DTSTART", "RRULE", "SUMMARY"]);
const BY_START = byLines(["RECURRENCE-ID", "DTSTART", "RRULE"]);

export function matchGroups(input: GroupMatchInput): GroupMatch {
  const read = readGroups(input.read);
  const start: Matching = { stored: storedGroups(input.previous), read, found: new Map() };
  const matching = input.pinning === "allowed" ? matchPinning(start, input.churns) : matchAll(start, [BY_SOURCE_UID, BY_ANY_UID]);
  const pinned = [...matching.found].filter(([group, stored]) => !knownUids(stored).includes(group.key));
  return {
    matched: nameGroups(read, matching.found, new Set(input.previous.map((event) => event.uid))),
    dropped: matching.stored.map((group) => group.events),
    churned: pinned.length > 0 && pinned.length * 2 >= read.length,
  };
}

function matchPinning(start: Matching, churns: number): Matching {
  const isKnown = churns >= KNOWN_CHURNER;
  const known = isKnown ? matchAll(start, [BY_MEANING_AND_UID, BY_MEANING]) : start;
  const byUid = matchAll(known, [BY_SOURCE_UID, BY_ANY_UID]);
  const mostAreNew = byUid.read.length * 2 >= start.read.length;
  const loose = isKnown || mostAreNew ? [BY_START_AND_TITLE, BY_START] : [];
  return matchAll(byUid, [BY_MEANING, ...loose]);
}

function matchAll(start: Matching, passes: readonly Pass[]): Matching {
  let matching = start;
  for (const pass of passes) matching = match(matching, pass);
  return matching;
}

function match({ stored, read, found }: Matching, pass: Pass): Matching {
  const candidates = candidatesByKey(stored, pass);
  const pairs = new Map(found);
  const taken = new Set<StoredGroup>();
  for (const group of read) {
    const sameKey = candidates.get(pass.readKey(group)) ?? [];
    let pair = sameKey.pop();
    while (pair !== undefined && taken.has(pair)) pair = sameKey.pop();
    if (pair === undefined) continue;
    taken.add(pair);
    pairs.set(group, pair);
  }
  return {
    stored: stored.filter((group) => !taken.has(group)),
    read: read.filter((group) => !pairs.has(group)),
    found: pairs,
  };
}

/** Last first, to be popped: ten thousand equal events must not cost the square of that. */
function candidatesByKey(stored: readonly StoredGroup[], pass: Pass): Map<string, StoredGroup[]> {
  const candidates = new Map<string, StoredGroup[]>();
  for (const group of stored.toReversed()) {
    for (const key of new Set(pass.storedKeys(group))) {
      const sameKey = candidates.get(key);
      if (sameKey === undefined) candidates.set(key, [group]);
      else sameKey.push(group);
    }
  }
  return candidates;
}

function knownUids(group: StoredGroup): string[] {
  return [group.uid, ...group.events.map(sourceKey)];
}

function meaningOf(events: readonly { readonly recurrenceId?: string | undefined; readonly meaning: string }[]): string {
  return events.map((event) => `${event.recurrenceId ?? ""}=${event.meaning}`).join(" ");
}

function byLines(names: readonly string[]): Pass {
  return {
    // Groups kept past have no live event: a new one at the same time must not take their place.
    storedKeys: ({ live }) => live.slice(0, 1).map((event) => linesOf(event.text, names)),
    readKey: ({ events }) =>
      events
        .slice(0, 1)
        .map((event) => linesOf(event.text, names))
        .join(""),
  };
}

function linesOf(text: string, names: readonly string[]): string {
  const component = readComponent(text);
  return names.flatMap((name) => propertiesOf(component, name).map(writeContentLine)).join("\n");
}

function nameGroups(read: readonly ReadGroup[], found: Matching["found"], storedUids: ReadonlySet<string>): MatchedGroup[] {
  const taken = new Set(storedUids);
  return read.map((group) => {
    const stored = found.get(group);
    const uid = stored?.uid ?? freeUid(group, taken);
    taken.add(uid);
    return { uid, stored: stored?.events ?? [], read: group.events };
  });
}

/** A source may give a UID anew that a pinned group still bears. */
function freeUid(group: ReadGroup, taken: ReadonlySet<string>): string {
  const wanted = group.events[0]?.uid ?? group.key;
  let uid = wanted;
  for (let count = 2; taken.has(uid); count += 1) uid = `${wanted}-${count}`;
  return uid;
}
