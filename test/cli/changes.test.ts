import { describe, expect, test } from "vitest";

import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { putEvents } from "../../lib/sync/put-events.ts";
import { calendarText, sampleEvents } from "../sync/sources.ts";
import { createMemoryTerminal } from "./memory-terminal.ts";
import type { MemoryTerminal } from "./memory-terminal.ts";

const change = (fields: object): string =>
  JSON.stringify({
    version: 1,
    calendarId: "c1",
    ownerId: "ann",
    calendarVersion: 7,
    previousVersion: 6,
    part: 1,
    parts: 2,
    kind: "updated",
    changes: [{ kind: "updated", uid: "u1", sequence: 1, text: "SUMMARY:A secret meeting" }],
    ...fields,
  });
const life = (kind: string, fields: object): string =>
  JSON.stringify({ version: 1, kind, at: "2026-05-06T00:59:00.000Z", calendarId: "c1", ...fields });

/** The command ends by Ctrl-C once nothing comes any more. */
function endingAtSilence(terminal: MemoryTerminal): void {
  const ending = new AbortController();
  terminal.interruption = ending.signal;
  terminal.ear.onSilence = () => ending.abort();
}

describe("changes tail", () => {
  test("tells each message in a line, without what the events say, and leaves nothing behind", async () => {
    const terminal = createMemoryTerminal();
    endingAtSilence(terminal);
    const counts = { calendarVersion: 7, previousVersion: 6, parts: 2, created: 1, updated: 1, deleted: 0, status: "imported" };
    terminal.ear.coming.push(
      [change({}), change({ changes: undefined, changesKey: "changes/c1/7", part: 2 })],
      [life("import.finished", counts)],
      [life("import.failed", { status: "failed", code: "source-gone", runId: "r", failures: 2 })],
      [life("hold.opened", { code: "removal-held", holdId: "c1.h", removedCount: 9, eventCount: 1 })],
      [life("letter.opened", { letterId: "import-c1", code: "source-gone", count: 1 })],
      [life("feed.published", { feedId: "f1", revision: 3, eventCount: 8, bytes: 900 })],
      [life("download.finished", { downloadId: "d1", bytes: 70 }), life("download.failed", { downloadId: "d2", code: "x" })],
      ["garbage"],
    );
    const { out, errors, status } = await terminal.run("changes", "tail");
    expect(out.trimEnd().split("\n")).toEqual([
      "01:00:00  updated            cal c1  version 7, part 1 of 2: 1 events",
      "01:00:00  updated            cal c1  version 7, part 2 of 2: an event too large for the topic",
      "01:00:00  import.finished    cal c1  version 7: 1 created, 1 updated, 0 deleted",
      "01:00:00  import.failed      cal c1  source-gone, 2 turns in a row",
      "01:00:00  hold.opened        cal c1  hold c1.h: 9 events would go",
      "01:00:00  letter.opened      letter import-c1  source-gone",
      "01:00:00  feed.published     feed f1  revision 3: 8 events, 900 bytes",
      "01:00:00  download.finished  download d1  70 bytes",
      "01:00:00  download.failed    download d2  x",
      "calferry: message-invalid: a message of another release",
    ]);
    expect([errors, status, terminal.ear.state]).toEqual(["calferry: listening; Ctrl-C ends it\n", 0, "closed"]);
  });

  test("asks the topic for what it was asked for, and ends after so many messages", async () => {
    const terminal = createMemoryTerminal();
    terminal.ear.coming.push([change({}), change({ part: 2 }), change({})]);
    terminal.ear.swept = 2;
    const args = ["--calendar", "c1", "--owner", "ann", "--kind", "updated", "hold.opened", "--count", "2", "--json"];
    const { out, errors } = await terminal.run("changes", "tail", ...args);
    expect(terminal.ear.opened).toEqual([{ calendarId: ["c1"], ownerId: ["ann"], kind: ["updated", "hold.opened"] }]);
    expect(out.trimEnd().split("\n")).toEqual([change({}), change({ part: 2 })]);
    expect(errors).toContain("took away 2 queues that killed listeners had left");
    expect(terminal.ear.state).toBe("closed");
  });

  test("leaves nothing behind where AWS refuses", async () => {
    const terminal = createMemoryTerminal();
    terminal.ear.refusal = new Error("refused");
    const { status } = await terminal.run("changes", "tail");
    expect([status, terminal.ear.state]).toEqual([1, "closed"]);
  });

  test.each([
    [["--kind", "odd"], "Allowed choices"],
    [["--count", "0"], "a whole number from 1 on"],
  ])("refuses %j", async (args, part) => {
    const { errors, status } = await createMemoryTerminal().run("changes", "tail", ...args);
    expect(errors).toMatch(/^calferry: usage-wrong: /u);
    expect([errors.includes(part), status]).toEqual([true, 1]);
  });
});

describe("changes list", () => {
  async function pushed(terminal: MemoryTerminal, ...counts: readonly number[]): Promise<string> {
    const { services } = terminal;
    const { calendar } = await createCalendar(CalendarDraft.parse({ source: { kind: "push" } }), services, services);
    const { calendarId } = calendar;
    for (const count of counts) {
      const bytes = new TextEncoder().encode(calendarText(sampleEvents(count)));
      await putEvents({ calendarId, bytes, contentType: undefined, replace: "all" }, services, services);
    }
    return calendarId;
  }

  test("tells what changed after a version, page by page", async () => {
    const terminal = createMemoryTerminal();
    const calendarId = await pushed(terminal, 3, 5, 1);
    const { out } = await terminal.run("changes", "list", calendarId, "--from", "1");
    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line) => line.replaceAll(/ +/gu, " ").trim()),
    ).toEqual([
      "VERSION AFTER KIND PART EVENTS",
      "2 1 created 1 of 1 2",
      "2 1 import.finished 2",
      "3 2 deleted 1 of 1 4",
      "3 2 import.finished 4",
    ]);
    const first = await terminal.run("changes", "list", calendarId, "--from", "1", "--limit", "3");
    const cursor = /--cursor (\S+)/u.exec(first.out)?.[1] ?? "";
    const second = await terminal.run("changes", "list", calendarId, "--from", "1", "--cursor", cursor, "--json");
    expect(JSON.parse(second.out)).toMatchObject({
      calendarVersion: 3,
      items: [{ kind: "import.finished", calendarVersion: 3 }],
    });
    expect((await terminal.run("changes", "list", calendarId, "--from", "3")).out).toContain("version 3 is the present one");
  });

  test.each([
    [["--from", "9"], "version-ahead"],
    [["--from", "x"], "usage-wrong"],
    [[], "usage-wrong"],
  ])("refuses %j", async (args, code) => {
    const terminal = createMemoryTerminal();
    const { errors, status } = await terminal.run("changes", "list", await pushed(terminal, 1), ...args);
    expect(errors).toMatch(new RegExp(`^calferry: ${code}: `, "u"));
    expect(status).toBe(1);
  });
});
