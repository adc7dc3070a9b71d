import { describe, expect, test } from "vitest";

import { heldCalendar } from "../api/held-calendar.ts";
import { createMemoryTerminal } from "./memory-terminal.ts";

describe("hold", () => {
  test("list shows what would go and since when, or that there is none", async () => {
    const terminal = createMemoryTerminal();
    expect((await terminal.run("hold", "list")).out).toBe("no holds\n");
    const { holdId } = await heldCalendar(terminal);
    const { out } = await terminal.run("hold", "list");
    expect(out).toContain(holdId);
    expect(out).toMatch(/Team +1 +5 +24 h ago/u);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("show tells the numbers, the first events that would go and what to do, by the hold's id or its calendar's", async () => {
    const terminal = createMemoryTerminal();
    const { holdId, calendarId } = await heldCalendar(terminal);
    const { out } = await terminal.run("hold", "show", holdId);
    expect(out).toMatch(/events +6 in the last good copy, 1 in what is held/u);
    expect(out).toMatch(/removes +5 events/u);
    expect(out).toMatch(/\d{8}T\d{6}Z +Meeting 4 +e4@example\.org/u);
    expect(out).toContain(`apply it: calferry hold approve ${holdId}\nrefuse it: calferry hold reject ${holdId}`);
    expect((await terminal.run("hold", "show", calendarId)).out).toBe(out);
    const json: unknown = JSON.parse((await terminal.run("hold", "show", holdId, "--json")).out);
    expect(json).toMatchObject({ holdId, removedCount: 5 });
  });

  test("approve applies it and says what changed", async () => {
    const terminal = createMemoryTerminal();
    const { holdId, calendarId } = await heldCalendar(terminal);
    const { out, status } = await terminal.run("hold", "approve", holdId);
    expect(status).toBe(0);
    expect(out).toMatch(/changes +0 created, 0 updated, 5 deleted/u);
    expect(terminal.checkpoints.get(calendarId)).toMatchObject({ eventCount: 1, calendarVersion: 2 });
  });

  test("reject drops it", async () => {
    const terminal = createMemoryTerminal();
    const { holdId, calendarId } = await heldCalendar(terminal);
    const { out } = await terminal.run("hold", "reject", holdId);
    expect(out).toContain("was rejected, the last good copy stands");
    expect(terminal.holds.size).toBe(0);
    expect(terminal.checkpoints.get(calendarId)).toMatchObject({ eventCount: 6, calendarVersion: 1 });
  });

  test.each(["approve", "reject", "show"])(
    "%s of another hold than the one that stands is one line and status 1",
    async (verb) => {
      const terminal = createMemoryTerminal();
      const { holdId, calendarId } = await heldCalendar(terminal);
      const { errors, status } = await terminal.run("hold", verb, `${calendarId}.older`);
      expect(errors).toBe(
        `calferry: hold-unknown: calendar "${calendarId}" has no hold "${calendarId}.older", wanted "${holdId}"; look at it with: calferry hold show ${holdId}\n`,
      );
      expect(status).toBe(1);
      expect(terminal.holds.size).toBe(1);
    },
  );

  test("a decision by the calendar's id is refused: it names no hold", async () => {
    const terminal = createMemoryTerminal();
    const { calendarId } = await heldCalendar(terminal);
    const { errors } = await terminal.run("hold", "approve", calendarId);
    expect(errors).toMatch(/^calferry: hold-unknown: /u);
    expect(terminal.holds.size).toBe(1);
  });
});

describe("calendar", () => {
  test("versions lists what is kept, rollback brings the older one back", async () => {
    const terminal = createMemoryTerminal();
    const { holdId, calendarId } = await heldCalendar(terminal);
    await terminal.run("hold", "approve", holdId);
    const { out } = await terminal.run("calendar", "versions", calendarId);
    expect(out).toMatch(/ 2 +\S+Z +1 +present\n +1 +\S+Z +6\n/u);
    const rolled = await terminal.run("calendar", "rollback", calendarId, "--to", "1");
    expect(rolled.out).toMatch(/version +3\n.*5 created, 0 updated, 0 deleted/su);
    expect(terminal.checkpoints.get(calendarId)).toMatchObject({ eventCount: 6, calendarVersion: 3 });
  });

  test("rollback to what is no version, or none that is kept, is refused", async () => {
    const terminal = createMemoryTerminal();
    const { calendarId } = await heldCalendar(terminal);
    expect((await terminal.run("calendar", "rollback", calendarId, "--to", "yesterday")).errors).toMatch(
      /^calferry: usage-wrong: toVersion is "yesterday"/u,
    );
    expect((await terminal.run("calendar", "rollback", calendarId)).errors).toMatch(/^calferry: version-unknown: /u);
  });
});

test("feed create takes how long ended events stay", async () => {
  const terminal = createMemoryTerminal();
  const { calendarId } = await heldCalendar(terminal);
  await terminal.run("feed", "create", "--name", "A", calendarId, "--past", "30");
  await terminal.run("feed", "create", "--name", "B", calendarId, "--past", "all");
  expect([...terminal.feeds.values()].map(({ policy }) => policy.pastDays)).toEqual([30, "all"]);
  expect((await terminal.run("feed", "create", "--name", "C", calendarId, "--past", "0")).errors).toContain("usage-wrong");
});
