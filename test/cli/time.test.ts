import { describe, expect, test } from "vitest";

import { createMemoryTerminal } from "./memory-terminal.ts";

const URL = "https://calendars.example/team.ics";

async function added(
  ...options: readonly string[]
): Promise<{ terminal: ReturnType<typeof createMemoryTerminal>; calendarId: string }> {
  const terminal = createMemoryTerminal();
  const { out } = await terminal.run("calendar", "add", URL, "--no-sync", ...options, "--json");
  return { terminal, calendarId: String(JSON.parse(out).calendarId) };
}

describe("a schedule", () => {
  test("is minutes, or cron and its zone in one text", async () => {
    const { terminal, calendarId } = await added("--every", "0 9 * * 1-5 Asia/Seoul");
    const schedule = { kind: "cron", expression: "0 9 * * 1-5", zone: "Asia/Seoul" };
    expect(terminal.calendars.get(calendarId)).toMatchObject({ schedule, intervalMinutes: 1440 });
    const { out } = await terminal.run("next", calendarId, "--count", "2");
    expect(out).toContain("2026-05-07T09:00");
    expect(out).toContain("cron 0 9 * * 1-5 in Asia/Seoul");
    await terminal.run("calendar", "set", calendarId, "--every", "30");
    expect(terminal.calendars.get(calendarId)?.schedule).toBeUndefined();
  });

  test.each([
    ["0 9 * * 1-5", "usage-wrong"],
    ["0 9 * * 1-5 Mars/Olympus", "usage-wrong"],
    ["* * * * * UTC", "schedule-invalid"],
  ])("%s is refused with %s", async (every, code) => {
    const { errors, status } = await createMemoryTerminal().run("calendar", "add", URL, "--every", every);
    expect([errors.startsWith(`calferry: ${code}: `), status]).toEqual([true, 1]);
  });
});

describe("calferry reservation", () => {
  test("makes, lists, moves and cancels, and says what became of it", async () => {
    const { terminal, calendarId } = await added();
    const made = await terminal.run(
      "reservation",
      "make",
      "--calendar",
      calendarId,
      "--at",
      "2026-05-07T09:00:00+09:00",
      "--json",
    );
    const { reservationId, state, at } = JSON.parse(made.out);
    expect([state, at]).toEqual(["waiting", "2026-05-07T00:00:00.000Z"]);
    const listed = await terminal.run("reservation", "list", "--calendar", calendarId);
    expect(listed.out).toContain(`${reservationId}  2026-05-07T00:00:00  sync ${calendarId}`);
    expect((await terminal.run("next", calendarId, "--count", "30")).out).toContain(`reservation ${reservationId}`);
    const moved = await terminal.run("reservation", "move", reservationId, "--at", "2026-05-08T00:00:00Z");
    expect(moved.out).toContain("2026-05-08T00:00:00.000Z");
    expect((await terminal.run("reservation", "cancel", reservationId)).out).toMatch(/state +cancelled/u);
    const again = await terminal.run("reservation", "move", reservationId, "--at", "2026-05-09T00:00:00Z");
    expect([again.errors.includes("reservation-closed"), again.status]).toEqual([true, 1]);
  });

  test.each([
    [["make", "--at", "2026-05-07T00:00:00Z"], "usage-wrong"],
    [["make", "--calendar", "nobody", "--at", "2026-05-07T00:00:00Z"], "calendar-unknown"],
    [["make", "--feed", "nobody", "--at", "2026-05-07T00:00:00Z"], "feed-unknown"],
    [["make", "--feed", "nobody", "--at", "tomorrow"], "usage-wrong"],
    [["make", "--feed", "nobody", "--at", "2020-05-07T00:00:00Z"], "reservation-time-invalid"],
    [["show", "nobody"], "reservation-unknown"],
  ])("%j is refused with %s", async (args, code) => {
    const { errors, status } = await createMemoryTerminal().run("reservation", ...args);
    expect([errors.startsWith(`calferry: ${code}: `), status]).toEqual([true, 1]);
  });
});

describe("calferry host", () => {
  test("sets pace and windows, shows and lists them, and takes them back", async () => {
    const terminal = createMemoryTerminal();
    const windows = ["22:00-06:00@Europe/Berlin", "SA,SU/00:00-24:00@UTC", "2026-12-24T00:00:00Z/2026-12-27T00:00:00Z"];
    const set = await terminal.run("host", "set", "calendars.example", "--pace", "2", "--blackout", ...windows);
    expect(set.out).toContain(windows.join(", "));
    const shown = JSON.parse((await terminal.run("host", "show", "calendars.example", "--json")).out);
    expect(shown).toMatchObject({
      startsPerSecond: 2,
      isOwnPace: true,
      blackout: [{ kind: "weekly" }, { days: ["SA", "SU"] }, { kind: "once" }],
    });
    expect((await terminal.run("host", "list")).out).toMatch(/calendars\.example +2 +3/u);
    expect((await terminal.run("host", "set", "calendars.example")).out).toMatch(
      /pace +1 a second, as for hosts like it\nwindows +none/u,
    );
  });

  test.each([
    [["set", "calendars.example", "--blackout", "at night"], "blackout-invalid"],
    [["set", "calendars.example", "--blackout", "00:00-24:00@UTC"], "blackout-invalid"],
    [["set", "calendars.example", "--blackout", "25:00-06:00@UTC"], "usage-wrong"],
    [["set", "calendars.example", "--pace", "0"], "usage-wrong"],
    [["set", "https://calendars.example/", "--pace", "1"], "query-invalid"],
  ])("%j is refused with %s", async (args, code) => {
    const { errors, status } = await createMemoryTerminal().run("host", ...args);
    expect([errors.startsWith(`calferry: ${code}: `), status]).toEqual([true, 1]);
  });
});

describe("calferry business-day", () => {
  test("lets a calendar keep to business days and come on every day again", async () => {
    const { terminal, calendarId } = await added("--every", "0 9 * * * Asia/Seoul");
    await terminal.run("business-day", "keep", calendarId, "--policy", "next", "--zone", "Asia/Seoul");
    expect(terminal.calendars.get(calendarId)?.businessDays).toEqual({
      weekend: ["SA", "SU"],
      policy: "next",
      zone: "Asia/Seoul",
    });
    await terminal.run("business-day", "keep", calendarId, "--policy", "none");
    expect(terminal.calendars.get(calendarId)?.businessDays).toBeUndefined();
  });

  test("says of holidays that were never imported that they are missing", async () => {
    const { terminal, calendarId } = await added();
    const { errors } = await terminal.run("business-day", "is", "2026-05-06", "--calendar", calendarId);
    expect(errors).toContain("holidays-missing");
  });
});
