import { describe, expect, it } from "vitest";

import type { Hold } from "../../lib/contract/checkpoint.ts";
import { decideHeld, decideHold, isStanding } from "../../lib/core/hold.ts";

const OPENED = "2026-05-06T00:00:00.000Z";
const BEFORE_A_DAY = "2026-05-06T23:59:59.999Z";
const AFTER_A_DAY = "2026-05-07T00:00:00.000Z";
const BEFORE_THREE_DAYS = "2026-05-08T23:59:59.999Z";
const AFTER_THREE_DAYS = "2026-05-09T00:00:00.000Z";

function guard(previousCount: number, removedCount: number, remainingCount: number, newlyKeptCount = 0): "apply" | "hold" {
  return decideHold({ previousCount, removedCount, newlyKeptCount, remainingCount, isFirst: false });
}

function holdOf(fields: Partial<Hold>): Hold {
  return {
    version: 1,
    calendarId: "c1",
    holdId: "h1",
    objectKey: "snapshots/c1/2-aa",
    contentHash: "aa",
    eventCount: 5,
    removedCount: 295,
    keptCount: 0,
    openedAt: OPENED,
    confirmations: 0,
    ...fields,
  };
}

describe("the guard", () => {
  it("holds an import that leaves nothing where there was something", () => {
    expect(guard(1, 1, 0)).toBe("hold");
    expect(guard(300, 300, 0)).toBe("hold");
  });

  it("holds an empty answer even where all that it drops would be kept as past", () => {
    expect(guard(10, 0, 0, 10)).toBe("hold");
  });

  it("lets an empty calendar stay empty", () => {
    expect(guard(0, 0, 0)).toBe("apply");
  });

  it("lets an empty calendar fill", () => {
    expect(guard(0, 0, 300)).toBe("apply");
  });

  it.each([
    [300, 295, 5],
    [15, 14, 1],
    [5, 3, 2],
    [4, 3, 9],
  ])("of %i events, holds the loss of %i where %i remain", (previous, removed, remaining) => {
    expect(guard(previous, removed, remaining)).toBe("hold");
  });

  it("applies the loss of exactly half", () => {
    expect(guard(6, 3, 3)).toBe("apply");
    expect(guard(7, 4, 3)).toBe("hold");
  });

  it("applies the loss of two, however large a share", () => {
    expect(guard(3, 2, 1)).toBe("apply");
  });

  it("counts ended events that would be kept as lost by the source", () => {
    expect(guard(10, 3, 1, 6)).toBe("hold");
    expect(guard(300, 0, 5, 295)).toBe("hold");
    expect(guard(10, 1, 5, 4)).toBe("apply");
    expect(guard(10, 2, 4, 4)).toBe("hold");
  });

  it("never holds a first import", () => {
    expect(decideHold({ previousCount: 300, removedCount: 300, newlyKeptCount: 0, remainingCount: 0, isFirst: true })).toBe(
      "apply",
    );
  });
});

describe("a hold that stands", () => {
  it("is confirmed by a 304", () => {
    const hold = holdOf({});
    expect(decideHeld(hold, { notModified: true, wouldHold: false }, AFTER_A_DAY)).toEqual({
      kind: "confirm",
      hold: { ...hold, confirmations: 1, lastConfirmedAt: AFTER_A_DAY },
    });
  });

  it("is confirmed by the body that it holds", () => {
    const hold = holdOf({ confirmations: 1 });
    expect(decideHeld(hold, { notModified: false, contentHash: "aa", wouldHold: false }, BEFORE_A_DAY)).toEqual({
      kind: "confirm",
      hold: { ...hold, confirmations: 2, lastConfirmedAt: BEFORE_A_DAY },
    });
  });

  it("is confirmed by another body that would be held as well", () => {
    const hold = holdOf({});
    expect(decideHeld(hold, { notModified: false, contentHash: "bb", wouldHold: true, remainingCount: 4 }, BEFORE_A_DAY)).toEqual(
      {
        kind: "confirm",
        hold: { ...hold, confirmations: 1, lastConfirmedAt: BEFORE_A_DAY },
      },
    );
  });

  it("ends with a sound body, also after three confirmations and a week", () => {
    const hold = holdOf({ confirmations: 3 });
    expect(decideHeld(hold, { notModified: false, contentHash: "bb", wouldHold: false }, "2026-05-13T00:00:00.000Z")).toEqual({
      kind: "end",
    });
    expect(decideHeld(hold, { notModified: false, wouldHold: false }, OPENED)).toEqual({ kind: "end" });
  });

  it("is applied at the third confirmation once a day has gone by", () => {
    const seen = { notModified: true, wouldHold: false };
    expect(decideHeld(holdOf({ confirmations: 2 }), seen, AFTER_A_DAY)).toEqual({ kind: "apply" });
    expect(decideHeld(holdOf({ confirmations: 9 }), seen, AFTER_A_DAY)).toEqual({ kind: "apply" });
    expect(decideHeld(holdOf({ confirmations: 1 }), seen, AFTER_A_DAY).kind).toBe("confirm");
    expect(decideHeld(holdOf({ confirmations: 9 }), seen, BEFORE_A_DAY).kind).toBe("confirm");
  });

  it("waits three days where nothing is left", () => {
    const seen = { notModified: true, wouldHold: false };
    const empty = holdOf({ eventCount: 0, confirmations: 2 });
    expect(decideHeld(empty, seen, BEFORE_THREE_DAYS).kind).toBe("confirm");
    expect(decideHeld(empty, seen, AFTER_THREE_DAYS)).toEqual({ kind: "apply" });
  });

  it("of an empty answer is confirmed by other empty answers", () => {
    const empty = holdOf({ eventCount: 0, confirmations: 1 });
    const seen = { notModified: false, contentHash: "bb", wouldHold: true, remainingCount: 0 };
    expect(decideHeld(empty, seen, AFTER_A_DAY)).toEqual({
      kind: "confirm",
      hold: { ...empty, confirmations: 2, lastConfirmedAt: AFTER_A_DAY },
    });
    expect(decideHeld({ ...empty, confirmations: 2 }, seen, AFTER_THREE_DAYS)).toEqual({ kind: "apply" });
  });

  it("begins its wait anew where a partial loss becomes a total one", () => {
    const hold = holdOf({ confirmations: 2 });
    const emptied = { notModified: false, contentHash: "bb", wouldHold: true, remainingCount: 0 };
    expect(decideHeld(hold, emptied, AFTER_A_DAY)).toEqual({
      kind: "confirm",
      hold: { ...hold, eventCount: 0, openedAt: AFTER_A_DAY, confirmations: 0, lastConfirmedAt: AFTER_A_DAY },
    });
  });

  it("takes a body whose events were not counted for one like the held", () => {
    const seen = { notModified: false, contentHash: "bb", wouldHold: true };
    expect(decideHeld(holdOf({ confirmations: 2 }), seen, AFTER_A_DAY)).toEqual({ kind: "apply" });
    expect(decideHeld(holdOf({ confirmations: 2, eventCount: 0 }), seen, AFTER_A_DAY).kind).toBe("confirm");
  });

  it("does not count an unchanged body by what the guard counted of it", () => {
    expect(
      decideHeld(holdOf({ confirmations: 2 }), { notModified: true, wouldHold: true, remainingCount: 0 }, AFTER_A_DAY),
    ).toEqual({
      kind: "apply",
    });
  });
});

describe("a hold that is read", () => {
  it("stands where no fetch that began after its newest confirmation was accepted", () => {
    expect(isStanding(holdOf({}), undefined)).toBe(true);
    expect(isStanding(holdOf({}), OPENED)).toBe(true);
    expect(isStanding(holdOf({}), BEFORE_A_DAY)).toBe(false);
    expect(isStanding(holdOf({ lastConfirmedAt: BEFORE_A_DAY }), BEFORE_A_DAY)).toBe(true);
    expect(isStanding(holdOf({ lastConfirmedAt: BEFORE_A_DAY }), AFTER_A_DAY)).toBe(false);
  });
});
