import { describe, expect, test } from "vitest";

import type { Letter } from "../../lib/contract/letter.ts";
import { calendarOf, checkpointOf, letterOf } from "../aws/records.ts";
import { createMemoryTerminal } from "./memory-terminal.ts";
import type { MemoryTerminal } from "./memory-terminal.ts";

const LAST_AT = "2026-05-06T00:30:00.000Z";

function bodyOf(calendarId: string): string {
  const startAt = "2026-05-06T00:00:00.000Z";
  return JSON.stringify({ version: 1, kind: "import", taskId: `${calendarId}@9`, calendarId, turn: 9, startAt, reason: "tick" });
}

/** A calendar of the host with an open letter. */
function addLetter(terminal: MemoryTerminal, calendarId: string, host: string, fields: Partial<Letter> = {}): Letter {
  terminal.calendars.set(calendarId, calendarOf(calendarId));
  terminal.checkpoints.set(calendarId, checkpointOf(calendarId, { host }));
  const fingerprint = `import|source-dns|${host}`;
  const letter = letterOf(`import-${calendarId}`, {
    calendarId,
    host,
    code: "source-dns",
    fingerprint,
    body: bodyOf(calendarId),
    lastAt: LAST_AT,
    ...fields,
  });
  terminal.letters.set(letter.letterId, letter);
  return letter;
}

function withLetters(count: number, host = "h.example"): MemoryTerminal {
  const terminal = createMemoryTerminal();
  for (let index = 0; index < count; index += 1) addLetter(terminal, `c${index}`, host);
  return terminal;
}

async function json(terminal: MemoryTerminal, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const { out, errors } = await terminal.run(...args, "--json");
  expect(errors).toBe("");
  return JSON.parse(out);
}

describe("a listing of dead letters", () => {
  test("shows a page, and the command for the next", async () => {
    const terminal = withLetters(3);
    const { out } = await terminal.run("dlq", "list", "--limit", "2");
    expect(out).toContain("more: calferry dlq list --state open --cursor ");
    const first = await json(terminal, "dlq", "list", "--limit", "2");
    expect(first["items"]).toHaveLength(2);
    const rest = await json(terminal, "dlq", "list", "--limit", "2", "--cursor", String(first["cursor"]));
    expect(rest["items"]).toMatchObject([{ letterId: "import-c2" }]);
  });

  test("goes on reading until the filter has a page of its own", async () => {
    const terminal = withLetters(30);
    addLetter(terminal, "rare", "rare.example");
    const found = await json(terminal, "dlq", "list", "--host", "rare.example", "--limit", "5");
    expect(found["items"]).toMatchObject([{ letterId: "import-rare" }]);
  });

  test("an age that is none is refused with the value seen", async () => {
    const { errors, status } = await withLetters(1).run("dlq", "list", "--age", "soon");
    expect(errors).toMatch(/^calferry: usage-wrong: age is "soon"/u);
    expect(status).toBe(1);
  });

  test("is exported one line a letter, without the messages as they were sent", async () => {
    const terminal = withLetters(2);
    addLetter(terminal, "odd", "h.example", { kind: "unreadable", body: "https://h.example/s3cret.ics" });
    const { out } = await terminal.run("dlq", "export");
    const lines = out.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).letterId)).toEqual(["import-c0", "import-c1", "import-odd"]);
    expect(out).not.toContain("s3cret");
    expect((await terminal.run("dlq", "show", "import-odd")).out).toContain("https://h.example/...");
  });
});

describe("a replay", () => {
  test("by filter sends what the filter means, at the pace of the host", async () => {
    const terminal = withLetters(3);
    addLetter(terminal, "other", "other.example");
    const report = await json(terminal, "dlq", "replay", "--host", "h.example");
    expect(report["replayed"]).toMatchObject([
      { letterId: "import-c0", startAt: "2026-05-06T01:00:00.000Z" },
      { letterId: "import-c1", startAt: "2026-05-06T01:00:01.000Z" },
      { letterId: "import-c2", startAt: "2026-05-06T01:00:02.000Z" },
    ]);
    expect(terminal.sent).toHaveLength(3);
    expect(terminal.letters.get("import-other")?.state).toBe("open");
  });

  test("that is tried first changes nothing", async () => {
    const terminal = withLetters(3);
    expect((await terminal.run("dlq", "replay", "--all", "--dry-run")).out).toMatch(
      /would replay 3 letters; nothing was changed\n[^]*3 +import +source-dns +h\.example/u,
    );
    expect(terminal.sent).toEqual([]);
    expect([...terminal.letters.values()].map(({ state }) => state)).toEqual(["open", "open", "open"]);
  });

  test("begun again passes over what was sent", async () => {
    const terminal = withLetters(3);
    await terminal.run("dlq", "replay", "import-c1");
    await terminal.run("dlq", "replay", "--all");
    const again = await json(terminal, "dlq", "replay", "--all");
    expect(again).toMatchObject({ replayed: [], left: [], waiting: 0 });
    expect(terminal.sent.map(({ replayOf }) => String(replayOf)).toSorted()).toEqual(["import-c0", "import-c1", "import-c2"]);
  });

  test("of a letter whose task never came is sent again after an hour", async () => {
    const terminal = withLetters(1);
    const replay = { taskId: "t1", at: "2026-05-05T23:59:00.000Z" };
    terminal.letters.set("import-c0", { ...letterOf("import-c0"), body: bodyOf("c0"), state: "replaying", replay });
    expect(await json(terminal, "dlq", "replay", "--all")).toMatchObject({ replayed: [{ taskId: "t1" }] });
  });

  test("tells how many wait because their host has no start within 15 minutes", async () => {
    const terminal = withLetters(910);
    const { out } = await terminal.run("dlq", "replay", "--all");
    expect(out).toContain("replayed 901 letters");
    expect(out).toMatch(/9 letters wait: .* or with --wait/u);
    expect(terminal.sent).toHaveLength(901);
    expect([...terminal.letters.values()].filter(({ state }) => state === "open")).toHaveLength(9);
  });

  test("leaves letters of paused and removed calendars, and names why", async () => {
    const terminal = withLetters(2);
    terminal.calendars.set("c0", calendarOf("c0", { state: "paused" }));
    terminal.calendars.delete("c1");
    expect(await json(terminal, "dlq", "replay", "--all")).toMatchObject({
      replayed: [],
      left: [
        { letterId: "import-c0", code: "calendar-paused" },
        { letterId: "import-c1", code: "calendar-unknown" },
      ],
    });
  });

  test("takes no more letters a second than it was told", async () => {
    const terminal = withLetters(30);
    let sleptSlices = 0;
    terminal.onSleep = () => (sleptSlices += 1);
    await terminal.run("dlq", "replay", "--all", "--rate", "10");
    // 30 letters at 10 a second, in slices of a quarter second.
    expect(sleptSlices).toBe(12);
  });

  test("that is cancelled ends between two tens: what was marked was sent", async () => {
    const terminal = withLetters(30);
    const keyboard = new AbortController();
    terminal.interruption = keyboard.signal;
    terminal.onSleep = () => keyboard.abort();
    const { out, status } = await terminal.run("dlq", "replay", "--all", "--rate", "100");
    expect(status).toBe(130);
    expect(out).toContain("stopped before the end");
    expect([...terminal.letters.values()].filter(({ state }) => state === "replaying")).toHaveLength(10);
    expect(terminal.sent).toHaveLength(10);
  });
});

describe("letters are closed", () => {
  test("acknowledged by filter with a reason, and once", async () => {
    const terminal = withLetters(2);
    expect((await terminal.run("dlq", "ack", "--code", "source-dns", "--why", "ticket 7")).out).toContain(
      "acknowledged import-c1",
    );
    expect((await terminal.run("dlq", "ack", "--all")).out).toBe("no such letters\n");
    expect(terminal.letters.get("import-c0")?.history).toMatchObject([
      {},
      { state: "acknowledged", who: "terminal", why: "ticket 7" },
    ]);
  });

  test("discarded only with a reason, and not when they are resolved", async () => {
    const terminal = withLetters(1);
    expect((await terminal.run("dlq", "discard", "import-c0")).errors).toContain("usage-wrong");
    await terminal.run("dlq", "discard", "import-c0", "--why", "host gone");
    expect(terminal.letters.get("import-c0")?.state).toBe("discarded");
    const resolved = addLetter(terminal, "c9", "h.example", { state: "resolved" });
    expect((await terminal.run("dlq", "discard", resolved.letterId, "--why", "x")).errors).toContain("letter-closed");
  });

  test("never all of them by mistake", async () => {
    const terminal = withLetters(2);
    for (const args of [["ack"], ["discard", "--why", "x"], ["replay"], ["replay", "import-c0", "--all"]]) {
      expect((await terminal.run("dlq", ...args)).errors).toContain("usage-wrong");
    }
    expect([...terminal.letters.values()].every(({ state }) => state === "open")).toBe(true);
  });
});

describe("redrive", () => {
  test("sends what lies in the dead letter queue as a replay, and leaves what nobody can read", async () => {
    const terminal = withLetters(1);
    const { lying, redriven } = terminal.operations;
    lying.push(
      { messageId: "m1", receiptHandle: "r1", body: bodyOf("c0") },
      { messageId: "m2", receiptHandle: "r2", body: "??" },
      { messageId: "m3", receiptHandle: "r3", body: bodyOf("removed") },
    );
    const { out } = await terminal.run("dlq", "redrive");
    expect(out).toContain("1 messages sent again");
    expect(out).toContain("message m2 stays: it holds no task that can be read");
    expect(redriven).toMatchObject([{ reason: "replay", replayOf: "import-c0" }]);
    expect(redriven[0]).not.toHaveProperty("turn");
    expect(lying.map(({ messageId }) => messageId)).toEqual(["m2", "m3"]);
  });
});
