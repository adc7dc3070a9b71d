import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { EventChange } from "../../lib/contract/change.ts";
import type { SnapshotEvent } from "../../lib/contract/snapshot.ts";
import { diffEvents } from "../../lib/core/diff.ts";
import type { ReadEvent } from "../../lib/core/read-feed.ts";
import { readSample } from "./sample-events.ts";
import type { Sample } from "./sample-events.ts";

const POLLS = 10;

function diff(
  previous: readonly SnapshotEvent[],
  read: readonly ReadEvent[],
  poll: number,
  churns = 0,
): ReturnType<typeof diffEvents> {
  const policy = { pastEvents: "keep", refreshHint: "follow" } as const;
  return diffEvents({ previous, read, source: "url", policy, now: pollTime(poll), churns, endsAt: endsAtStart });
}

function pollTime(poll: number): string {
  return new Date(Date.UTC(2026, 4, 6 + poll)).toISOString();
}

/** Events before 7 May 2026 have ended, later ones have not. */
function endsAtStart(event: SnapshotEvent): string {
  const day = /DTSTART:(\d{4})(\d\d)(\d\d)/u.exec(event.text) ?? [];
  return `${day[1]}-${day[2]}-${day[3]}T12:00:00.000Z`;
}

function identityOf(event: { readonly uid: string; readonly recurrenceId?: string | undefined }): string {
  return `${event.uid} ${event.recurrenceId ?? ""}`;
}

/** What an app holds that only hears the changes. */
function apply(held: ReadonlyMap<string, string>, changes: readonly EventChange[]): Map<string, string> {
  const next = new Map(held);
  for (const change of changes) {
    if (change.text === undefined) next.delete(identityOf(change));
    else next.set(identityOf(change), `${change.sequence} ${change.text}`);
  }
  return next;
}

function heldAfter(events: readonly SnapshotEvent[]): Map<string, string> {
  return new Map(events.map((event) => [identityOf(event), `${event.sequence} ${event.text}`]));
}

/** All of an event that an export shows. */
function shownOf(event: SnapshotEvent): string {
  return `${identityOf(event)} ${event.sequence} ${event.lastModified} ${event.text}`;
}

// Few values for each field, so that equal meanings, equal starts and equal UIDs are common.
const sample: fc.Arbitrary<Sample> = fc.record(
  {
    uid: fc.constantFrom("a", "b", "c", "d", "e", "f"),
    title: fc.constantFrom("One", "Two"),
    start: fc.constantFrom("20260501T090000Z", "20260502T090000Z", "20260601T090000Z"),
    recurrenceId: fc.constantFrom("20260501T090000Z", "20260601T090000Z"),
    sequence: fc.nat(3),
  },
  { requiredKeys: ["uid"] },
);
const feed: fc.Arbitrary<ReadEvent[]> = fc
  .uniqueArray(sample, { maxLength: 8, selector: identityOf })
  .map((samples) => samples.map(readSample));

/** Masters whose meanings are all different, as in a calendar of a team. */
const distinctFeed: fc.Arbitrary<Sample[]> = fc
  .uniqueArray(fc.nat(500), { minLength: 1, maxLength: 30 })
  .map((numbers) =>
    numbers.map((number) => ({ uid: `uid-${number}`, title: `Title ${number}`, start: `20260${6 + (number % 3)}01T090000Z` })),
  );

function reborn(samples: readonly Sample[], poll: number): ReadEvent[] {
  return samples.map((one, at) => readSample({ ...one, uid: `poll-${poll}-${(at * 7) % samples.length}-${at}` })).toReversed();
}

describe("over all feeds", () => {
  it("a feed imported twice changes nothing", () => {
    fc.assert(
      fc.property(feed, feed, fc.nat(3), (before, read, churns) => {
        const first = diff(diff([], before, 0).events, read, 1, churns);
        const second = diff(first.events, read, 1, churns);
        expect(second.changes).toEqual([]);
        expect(second.events).toStrictEqual(first.events);
        expect(second.removedCount).toBe(0);
      }),
    );
  });

  it("what an app holds after the changes is what the snapshot holds", () => {
    fc.assert(
      fc.property(fc.array(feed, { minLength: 2, maxLength: 5 }), fc.nat(3), (feeds, churns) => {
        let events: readonly SnapshotEvent[] = [];
        let held = new Map<string, string>();
        for (const [poll, read] of feeds.entries()) {
          const result = diff(events, read, poll, churns);
          held = apply(held, result.changes);
          expect(held).toEqual(heldAfter(result.events));
          events = result.events;
        }
      }),
    );
  });

  it("no two events of a snapshot have one identity, and each event that was read is in it once", () => {
    fc.assert(
      fc.property(fc.array(feed, { minLength: 1, maxLength: 5 }), fc.nat(3), (feeds, churns) => {
        let events: readonly SnapshotEvent[] = [];
        for (const [poll, read] of feeds.entries()) {
          const result = diff(events, read, poll, churns);
          expect(new Set(result.events.map(identityOf)).size).toBe(result.events.length);
          const live = result.events.filter((event) => event.keptPast !== true);
          expect(live.map((event) => `${event.sourceUid} ${event.meaning}`).toSorted()).toEqual(
            read.map((event) => `${event.sourceUid} ${event.meaning}`).toSorted(),
          );
          expect(result.events.every((event) => event.text.includes(`\nUID:${event.uid}\n`))).toBe(true);
          events = result.events;
        }
      }),
    );
  });

  it("the order of the source and of the snapshot makes no difference", () => {
    fc.assert(
      fc.property(feed, feed, fc.nat(3), (before, read, churns) => {
        const { events } = diff([], before, 0);
        expect(diff(events.toReversed(), read.toReversed(), 1, churns)).toStrictEqual(diff(events, read, 1, churns));
      }),
    );
  });

  it("the guard's numbers add up", () => {
    fc.assert(
      fc.property(feed, feed, feed, (oldest, before, read) => {
        const previous = diff(diff([], oldest, 0).events, before, 1).events;
        const result = diff(previous, read, 2);
        const created = result.changes.filter((change) => change.kind === "created").length;
        const back = previous.filter((event) => event.keptPast === true).length - (result.keptCount - result.newlyKeptCount);
        expect(result.remainingCount + result.keptCount).toBe(result.events.length);
        const expired = result.changes.filter((change) => change.kind === "deleted").length - result.removedCount;
        expect(result.previousCount - result.removedCount - result.newlyKeptCount + created + back - expired).toBe(
          result.remainingCount,
        );
      }),
    );
  });
});

describe("over ten polls", () => {
  it("a feed that gives all UIDs anew each time keeps its events and reports no change", () => {
    fc.assert(
      fc.property(distinctFeed, (samples) => {
        const first = diff([], samples.map(readSample), 0);
        let { events } = first;
        let churns = 0;
        for (let poll = 1; poll <= POLLS; poll += 1) {
          const result = diff(events, reborn(samples, poll), poll, churns);
          expect(result.changes).toEqual([]);
          expect(result.churned).toBe(true);
          expect(result.events.map(shownOf)).toEqual(first.events.map(shownOf));
          churns += 1;
          events = result.events;
        }
      }),
      { numRuns: 30 },
    );
  });

  it("one edited title is exactly one change, one sequence up, and all other events stand", () => {
    fc.assert(
      fc.property(distinctFeed, fc.nat(), fc.constantFrom("kept", "anew"), (samples, pick, uids) => {
        const before = diff([], samples.map(readSample), 0).events;
        const at = pick % samples.length;
        const edited = samples.map((one, index) => (index === at ? { ...one, title: "Edited" } : one));
        const read = uids === "kept" ? edited.map(readSample) : reborn(edited, 1);
        const { events, changes } = diff(before, read, 1);
        const uid = samples[at]?.uid;
        expect(changes.map((change) => [change.kind, change.uid, change.sequence])).toEqual([["updated", uid, 1]]);
        const others = (list: readonly SnapshotEvent[]): string[] =>
          list
            .filter((event) => event.uid !== uid)
            .map((event) => `${event.uid} ${event.sequence} ${event.lastModified} ${event.text}`);
        expect(others(events)).toEqual(others(before));
      }),
    );
  });
});
