import { describe, expect, test } from "vitest";

import { createProgram } from "../../lib/cli/program.ts";
import type { Letter } from "../../lib/contract/letter.ts";
import { hashSecret } from "../../lib/core/secret.ts";
import { calendarOf, checkpointOf } from "../aws/records.ts";
import { createMemoryTerminal } from "./memory-terminal.ts";
import type { MemoryTerminal } from "./memory-terminal.ts";

const SECRET_URL = "https://calendar.example.org/private/k3y/basic.ics?token=s3cret";

const LETTER: Letter = {
  version: 1,
  revision: 1,
  letterId: "import-c1",
  kind: "import",
  calendarId: "c1",
  fingerprint: "import|source-not-found|h.example.org",
  code: "source-not-found",
  reason: "host h.example.org answered 404, wanted 200 or 304; check the calendar's url",
  host: "h.example.org",
  queue: "import-dlq",
  body: JSON.stringify({ version: 1, kind: "import", taskId: "c1@9", calendarId: "c1", turn: 9, startAt: "", reason: "tick" }),
  attempts: 5,
  messageIds: ["m1"],
  count: 1,
  firstAt: "2026-05-06T00:00:00.000Z",
  lastAt: "2026-05-06T00:30:00.000Z",
  state: "open",
  history: [{ at: "2026-05-06T00:30:00.000Z", state: "open", who: "alert", why: "source-not-found" }],
};

/** The letter's calendar, registered and asked at its host. */
function addLetterCalendar(terminal: MemoryTerminal): void {
  terminal.calendars.set("c1", calendarOf("c1"));
  terminal.checkpoints.set("c1", checkpointOf("c1", { host: "h.example.org" }));
}

/** Columns a terminal needs: Hangul and Han take two. */
function columnsOf(line: string): number {
  return line.length + line.replaceAll(/[^\p{Script=Hangul}\p{Script=Han}]/gu, "").length;
}

describe("calendar", () => {
  test("added with a name and an interval, shown without its secret url", async () => {
    const terminal = createMemoryTerminal();
    const { out, status } = await terminal.run("calendar", "add", SECRET_URL, "--name", "Team", "--every", "30");
    expect(status).toBe(0);
    expect(out).toContain("https://calendar.example.org/...");
    expect(out).toContain("30 minutes");
    expect(out).not.toMatch(/s3cret|k3y/u);
    expect([...terminal.calendars.values()]).toMatchObject([{ name: "Team", intervalMinutes: 30, source: { url: SECRET_URL } }]);
    expect(terminal.sent).toMatchObject([{ kind: "import", reason: "created" }]);
  });

  test("--no-sync leaves the first import to its turn, --push needs no url", async () => {
    const terminal = createMemoryTerminal();
    await terminal.run("calendar", "add", SECRET_URL, "--no-sync");
    const push = await terminal.run("calendar", "add", "--push", "--name", "App", "--json");
    expect(JSON.parse(push.out)).toMatchObject({ name: "App", source: { kind: "push" } });
    expect(terminal.sent).toEqual([]);
  });

  test("--wait ends with the outcome, and status 1 where the import failed", async () => {
    const terminal = createMemoryTerminal();
    terminal.onSleep = () => {
      for (const [id, checkpoint] of terminal.checkpoints) {
        const outcome = {
          status: "failed" as const,
          at: "2026-05-06T01:00:01.000Z",
          code: "source-dns",
          reason: "host x: no address",
        };
        terminal.checkpoints.set(id, { ...checkpoint, outcome });
      }
    };
    const { out, errors, status } = await terminal.run("calendar", "add", SECRET_URL, "--wait");
    expect(out).toMatch(/state +failed: source-dns/u);
    expect(errors).toBe("calferry: source-dns: host x: no address; see the letters with: calferry dlq list\n");
    expect(status).toBe(1);
  });

  test("--wait sits out attempts that fail and are tried again", async () => {
    const terminal = createMemoryTerminal();
    let looks = 0;
    terminal.onSleep = () => {
      looks += 1;
      const ended = looks < 3 ? { status: "failed" as const, code: "source-dns" } : { status: "imported" as const };
      for (const [id, checkpoint] of terminal.checkpoints) {
        const outcome = { ...ended, at: "2026-05-06T01:00:01.000Z" };
        terminal.checkpoints.set(id, { ...checkpoint, attempts: looks < 3 ? looks : 0, outcome });
      }
    };
    const { out, errors, status } = await terminal.run("calendar", "add", SECRET_URL, "--wait");
    expect(out).toMatch(/state +imported/u);
    expect([errors, status, looks]).toEqual(["", 0, 3]);
  });

  test("sync --wait follows the run to its end", async () => {
    const terminal = createMemoryTerminal();
    const added = await terminal.run("calendar", "add", SECRET_URL, "--no-sync", "--json");
    const { calendarId } = JSON.parse(added.out);
    terminal.onSleep = () => {
      for (const [key, run] of terminal.runs)
        terminal.runs.set(key, { ...run, status: "imported", created: 4, calendarVersion: 1 });
    };
    const { out, status } = await terminal.run("calendar", "sync", calendarId, "--wait");
    expect(out).toContain("4 created, 0 updated, 0 deleted");
    expect(status).toBe(0);
  });

  test("a wait that nobody answers ends with one line after three minutes", async () => {
    const terminal = createMemoryTerminal();
    const { errors, status } = await terminal.run("calendar", "add", SECRET_URL, "--wait");
    expect(errors).toMatch(/^calferry: wait-too-long: .* has not ended after 180 s.*\n$/u);
    expect(status).toBe(1);
  });

  test("a listing fits 80 columns with long and Korean names", async () => {
    const terminal = createMemoryTerminal();
    await terminal.run("calendar", "add", SECRET_URL, "--name", "근무표 ".repeat(20).trim());
    await terminal.run("calendar", "add", SECRET_URL, "--name", `evil\n\u001b[31mname${"x".repeat(80)}`);
    const { out } = await terminal.run("calendar", "list");
    const lines = out.trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(out).not.toContain("\u001b");
    for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(80);
    const [head = "", korean = ""] = lines;
    expect(columnsOf(korean.slice(0, korean.indexOf("60 m")))).toBe(head.indexOf("EVERY") + 1);
  });

  test("removed, its feeds are built again", async () => {
    const terminal = createMemoryTerminal();
    const { calendarId } = JSON.parse((await terminal.run("calendar", "add", "--push", "--json")).out);
    await terminal.run("feed", "create", "--name", "All", calendarId);
    expect((await terminal.run("calendar", "remove", calendarId)).out).toContain("1 feeds are built again");
    expect(terminal.calendars.size).toBe(0);
  });
});

describe("feed", () => {
  test("created from members with masks; the link is shown this once", async () => {
    const terminal = createMemoryTerminal();
    const { calendarId } = JSON.parse((await terminal.run("calendar", "add", "--push", "--json")).out);
    const { out } = await terminal.run("feed", "create", "--name", "휴일", `${calendarId}:busy`, "--class", "as-is");
    const url = /https:\/\/feeds\.example\.org\/f\/\S+\.ics/u.exec(out)?.[0] ?? "";
    expect(out).toContain(url.replace("https:", "webcal:"));
    expect(terminal.links[0]?.secretHash).toBe(hashSecret(url.split(".").at(-2) ?? ""));
    expect([...terminal.feeds.values()]).toMatchObject([{ name: "휴일", policy: { class: "as-is" } }]);
    const listed = await terminal.run("feed", "list");
    const feedId = [...terminal.feeds.keys()][0] ?? "";
    const shown = await terminal.run("feed", "show", feedId);
    expect(shown.out).toContain(`${calendarId}:busy`);
    expect(listed.out).toContain("not built yet");
    expect(listed.out + shown.out).not.toContain(url.split(".").at(-2));
  });
});

describe("dlq", () => {
  test("an open letter is listed, shown with its history and replayed", async () => {
    const terminal = createMemoryTerminal();
    addLetterCalendar(terminal);
    terminal.letters.set(LETTER.letterId, LETTER);
    expect((await terminal.run("dlq", "list")).out).toMatch(/import-c1 +source-not-found +1 +30 min ago +h\.example\.org/u);
    expect((await terminal.run("dlq", "show", "import-c1")).out).toContain("answered 404");
    expect((await terminal.run("dlq", "replay", "import-c1")).out).toMatch(/^replayed import-c1 as /u);
    expect(terminal.letters.get("import-c1")).toMatchObject({ state: "replaying", history: [{}, { who: "terminal" }] });
    expect(terminal.sent).toMatchObject([{ reason: "replay", replayOf: "import-c1" }]);
  });

  test("--all replays every open letter and names the ones that it cannot", async () => {
    const terminal = createMemoryTerminal();
    addLetterCalendar(terminal);
    terminal.letters.set("a", { ...LETTER, letterId: "a", body: "??" });
    terminal.letters.set("b", { ...LETTER, letterId: "b" });
    terminal.letters.set("c", { ...LETTER, letterId: "c", state: "resolved" });
    const { out } = await terminal.run("dlq", "replay", "--all", "--json");
    expect(JSON.parse(out)).toMatchObject({
      replayed: [{ letterId: "b" }],
      left: [{ letterId: "a", code: "letter-unreadable" }],
    });
    expect(terminal.sent).toHaveLength(1);
  });
});

describe("key and status", () => {
  test("a key is printed once and stored as a hash", async () => {
    const terminal = createMemoryTerminal();
    const { key } = JSON.parse((await terminal.run("key", "create", "--label", "app", "--json")).out);
    expect(key).toMatch(/^cf_[\w-]{32}$/u);
    expect([...terminal.keys]).toMatchObject([[hashSecret(key), { label: "app", scope: "admin", state: "active" }]]);
    expect(JSON.stringify([...terminal.keys])).not.toContain(key);
  });

  test("status counts calendars by outcome, letters, the last tick and the queues", async () => {
    const terminal = createMemoryTerminal();
    terminal.letters.set(LETTER.letterId, LETTER);
    await terminal.run("calendar", "add", "--push");
    const { out } = await terminal.run("status");
    expect(out).toMatch(/calendars +1 \(1 new\)/u);
    expect(out).toMatch(/letters +1 open; see: calferry dlq list/u);
    expect(out).toMatch(/last tick +1 min ago/u);
    expect(out).toMatch(/import +3 +1 +0/u);
  });

  test("a stack that never ticked says so", async () => {
    expect((await createMemoryTerminal().run("status")).out).toMatch(/last tick +never; wanted one a minute/u);
  });
});

describe("what is refused is one line with code and next step, and status 1", () => {
  test.each([
    [["calendar", "show", "nope"], "calendar-unknown", "calferry calendar list"],
    [["calendar", "sync", "nope"], "calendar-unknown", "calferry calendar list"],
    [["calendar", "remove", "nope"], "calendar-unknown", "calferry calendar list"],
    [["calendar", "add", "ftp://user:s3cret@h/k3y"], "url-invalid", "wanted https:"],
    [["calendar", "add", "s3cret"], "url-invalid", "wanted https://host/path"],
    [["calendar", "add", SECRET_URL, "--every", "7"], "interval-invalid", "is 7, wanted one of 5"],
    [["calendar", "add", SECRET_URL, "--every", "x"], "interval-invalid", 'is "x", wanted one of 5'],
    [["calendar", "add", SECRET_URL, "--owner", "a b"], "usage-wrong", "ownerId"],
    [["calendar", "add"], "usage-wrong", "neither a url nor --push"],
    [["calendar", "add", SECRET_URL, "--push"], "usage-wrong", "a url and --push"],
    [["calendar", "add", SECRET_URL, "k3y"], "usage-wrong", "too many arguments"],
    [["feed", "show", "nope"], "feed-unknown", "calferry feed list"],
    [["feed", "create", "nope"], "usage-wrong", "--name"],
    [["feed", "create", "--name", "n", "nope"], "calendar-unknown", "calferry calendar list"],
    [["feed", "create", "--name", "n", "c1:half"], "usage-wrong", "wanted one of full, titles, busy"],
    [["dlq", "show", "nope"], "letter-unknown", "calferry dlq list"],
    [["dlq", "replay", "nope"], "letter-unknown", "calferry dlq list"],
    [["dlq", "replay"], "usage-wrong", "dlq replay --help"],
    [["dlq", "list", "--state", "odd"], "usage-wrong", "Allowed choices"],
    [["inspect", "/no/such/file.ics"], "file-unreadable", "ENOENT"],
    [["inspect"], "usage-wrong", "inspect --help"],
    [["frobnicate"], "usage-wrong", "unknown command"],
  ])("%j", async (args, code, part) => {
    const terminal = createMemoryTerminal();
    const { out, errors, status } = await terminal.run(...args);
    expect(errors).toMatch(new RegExp(`^calferry: ${code}: [^\\n]+\\n$`, "u"));
    expect(errors).toContain(part);
    expect(errors).not.toMatch(/s3cret|token=/u);
    expect([out, status]).toEqual(["", 1]);
    expect([terminal.calendars.size, terminal.feeds.size, terminal.sent.length]).toEqual([0, 0, 0]);
  });
});

describe("help", () => {
  const helps: [string, string][] = [];
  const visit = (command: ReturnType<typeof createProgram>, name: string): void => {
    if (name.endsWith(" help")) return;
    helps.push([name, name.split(" ").slice(1).join(" ")]);
    for (const child of command.commands) visit(child, `${name} ${child.name()}`);
  };
  const ignore = (): never => {
    throw new Error("not run");
  };
  const nowhere = { print: ignore, complain: ignore, readInput: ignore, inputLines: ignore, connect: ignore };
  visit(
    createProgram({ ...nowhere, source: ignore, writeFile: ignore, sleep: ignore, now: ignore, endWith: ignore }),
    "calferry",
  );

  test.each(helps)("%s --help fits 80 x 24 and has an example", async (_name, command) => {
    const args = command === "" ? [] : command.split(" ");
    const { out, status } = await createMemoryTerminal().run(...args, "--help");
    const lines = out.trimEnd().split("\n");
    expect(status).toBe(0);
    expect(lines.length).toBeLessThan(24);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(out).toMatch(/\nExample:\n {2}calferry /u);
    expect(out).toContain("--local");
  });
});
