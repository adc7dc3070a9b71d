import { describe, expect, it } from "vitest";

import type { SnapshotEvent } from "../../lib/contract/snapshot.ts";
import { keepPastEvents } from "../../lib/core/past-events.ts";
import { storedSample } from "./sample-events.ts";

const NOW = "2026-05-06T01:00:00.000Z";
const master = storedSample({ uid: "a", rule: "FREQ=DAILY;COUNT=3" });
const first = storedSample({ uid: "a", recurrenceId: "20260501T090000Z" });
const second = storedSample({ uid: "a", recurrenceId: "20260502T090000Z" });

function endsBy(ends: ReadonlyMap<SnapshotEvent, string>): (event: SnapshotEvent) => string | undefined {
  return (event) => ends.get(event);
}

function keepOne(end: string): string {
  const { kept, gone } = keepPastEvents({ dropped: [master], masterStands: false }, NOW, () => end);
  return `${kept.length} kept, ${gone.length} gone`;
}

describe("past events that a source drops", () => {
  it("stay and are marked", () => {
    expect(keepPastEvents({ dropped: [master], masterStands: false }, NOW, () => "2026-05-01T00:00:00.000Z")).toEqual({
      kept: [{ ...master, keptPast: true }],
      gone: [],
    });
  });

  it("are past from the instant of their end", () => {
    expect(keepOne("2026-05-06T01:00:00.000Z")).toBe("1 kept, 0 gone");
    expect(keepOne("2026-05-06T01:00:00.001Z")).toBe("0 kept, 1 gone");
  });

  it("stay for 400 days and no longer", () => {
    expect(keepOne("2025-04-01T01:00:00.000Z")).toBe("1 kept, 0 gone");
    expect(keepOne("2025-04-01T00:59:59.999Z")).toBe("0 kept, 1 gone");
  });

  it("go where nobody can tell their end", () => {
    expect(keepPastEvents({ dropped: [master], masterStands: false }, NOW, () => undefined)).toEqual({
      kept: [],
      gone: [master],
    });
  });

  it("stay or go with all overrides of their series", () => {
    const group = { dropped: [master, first], masterStands: false };
    const over = "2026-05-03T00:00:00.000Z";
    const coming = "2026-05-07T00:00:00.000Z";
    const bothOver = endsBy(
      new Map([
        [master, over],
        [first, over],
      ]),
    );
    const overrideComing = endsBy(
      new Map([
        [master, over],
        [first, coming],
      ]),
    );
    const masterEndless = endsBy(new Map([[first, over]]));
    expect(keepPastEvents(group, NOW, bothOver)).toEqual({
      kept: [
        { ...master, keptPast: true },
        { ...first, keptPast: true },
      ],
      gone: [],
    });
    expect(keepPastEvents(group, NOW, overrideComing)).toEqual({ kept: [], gone: [master, first] });
    expect(keepPastEvents(group, NOW, masterEndless)).toEqual({ kept: [], gone: [master, first] });
  });

  it("count the 400 days from the last end of their series", () => {
    const ends = endsBy(
      new Map([
        [master, "2024-01-01T00:00:00.000Z"],
        [first, "2026-01-01T00:00:00.000Z"],
      ]),
    );
    expect(keepPastEvents({ dropped: [master, first], masterStands: false }, NOW, ends).gone).toEqual([]);
  });

  it("stay each for itself where the source gives occurrences without a master", () => {
    const ends = endsBy(
      new Map([
        [first, "2026-05-01T10:00:00.000Z"],
        [second, "2026-05-07T00:00:00.000Z"],
      ]),
    );
    expect(keepPastEvents({ dropped: [first, second], masterStands: false }, NOW, ends)).toEqual({
      kept: [{ ...first, keptPast: true }],
      gone: [second],
    });
  });

  it("go where the source took back an override and still gives the series", () => {
    expect(keepPastEvents({ dropped: [first], masterStands: true }, NOW, () => "2026-05-01T00:00:00.000Z")).toEqual({
      kept: [],
      gone: [first],
    });
  });
});
