import { describe, expect, test } from "vitest";

import { keepPastEvents } from "../../lib/core/past-events.ts";
import { stored } from "../core/sample-feed.ts";
import { exportSnapshot, faultsOfFeed, faultsOfReports, importInput, outcomeOf } from "./examine.ts";
import { HOSTILE_INPUTS } from "./inputs.ts";

describe("of hostile inputs, the small ones", () => {
  test.each(HOSTILE_INPUTS.filter(({ quick }) => quick))("$name", async (input) => {
    const body = input.body();
    const started = performance.now();
    const imported = await importInput(input, typeof body === "string" ? Buffer.from(body) : body, undefined);
    const exported = imported.kind === "stored" ? exportSnapshot(imported.snapshot) : undefined;
    // The measured limit is the script's; here a hang must not look like a slow machine.
    expect(performance.now() - started).toBeLessThan(5000);
    expect(outcomeOf(imported, exported)).toEqual(input.expected);
    expect([...faultsOfReports(input, imported), ...(exported === undefined ? [] : faultsOfFeed(input, exported))]).toEqual([]);
  });
});

test("there are at least forty hostile inputs, each with a name of its own", () => {
  expect(new Set(HOSTILE_INPUTS.map(({ name }) => name)).size).toBe(HOSTILE_INPUTS.length);
  expect(HOSTILE_INPUTS.length).toBeGreaterThanOrEqual(40);
});

test("more dropped events of one UID than a call has arguments are divided all the same", () => {
  const event = stored("UID:a", "DTSTART:20250506T010000Z");
  const dropped = Array.from({ length: 200_000 }, () => event);
  const series = [stored("UID:a", "DTSTART:20250506T010000Z", "RRULE:FREQ=DAILY"), ...dropped];
  const past = keepPastEvents({ dropped: series, masterStands: false }, "2026-01-01T00:00:00Z", () => "2025-12-01T00:00:00Z");
  expect(past.kept).toHaveLength(200_001);
  expect(keepPastEvents({ dropped: series, masterStands: false }, "2026-01-01T00:00:00Z", () => undefined).gone).toHaveLength(
    200_001,
  );
});
