import { describe, expect, test } from "vitest";

import { createMemoryTerminal } from "./memory-terminal.ts";
import type { MemoryTerminal } from "./memory-terminal.ts";

async function withMany(count = 45): Promise<MemoryTerminal> {
  const terminal = createMemoryTerminal();
  for (let at = 0; at < count; at += 1) {
    const [owner, host] = at % 3 === 0 ? ["bob", "b.example"] : ["ann", "a.example"];
    await terminal.run(
      "calendar",
      "add",
      `https://${host}/${at}.ics?s3cret`,
      "--no-sync",
      "--owner",
      owner,
      "--name",
      `=Team ${at}`,
    );
  }
  return terminal;
}

function states({ calendars }: MemoryTerminal): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(calendars.values(), ({ state }) => state)].map(([state, own]) => [state, own.length]),
  );
}

describe("bulk", () => {
  test("pauses and resumes by host, part after part; the second time there is nothing left to do", async () => {
    const terminal = await withMany();
    const dry = await terminal.run("bulk", "pause", "--where", "host=a.example", "--dry-run");
    expect(dry.out).toMatch(/30 would\nnothing was changed/u);
    expect(states(terminal)).toEqual({ active: 45 });
    const { out, status } = await terminal.run("bulk", "pause", "--where", "host=a.example", "--csv", "report.csv");
    expect([status, out]).toEqual([0, expect.stringMatching(/and 10 more\n30 done/u)]);
    expect(out).not.toContain("s3cret");
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(terminal.written.get("report.csv")?.split("\r\n").slice(0, 2)).toEqual([
      "id,name,outcome,code,detail",
      expect.stringMatching(/^\w+,'=Team \d+,done,,$/u),
    ]);
    expect(states(terminal)).toEqual({ active: 15, paused: 30 });
    expect((await terminal.run("bulk", "pause", "--where", "host=a.example")).out).toMatch(/30 skipped/u);
    await terminal.run("bulk", "resume", "--owner", "ann");
    expect(states(terminal)).toEqual({ active: 45 });
  });

  test("syncs by ids from standard input, says which are none, and leaves out what was asked for already", async () => {
    const terminal = await withMany(4);
    const ids = [...terminal.calendars.keys()];
    terminal.input = `${ids[0]}\nnobody\n${ids[1]}\n`;
    const first = await terminal.run("bulk", "sync", "--ids", "-", "--json");
    expect(first.status).toBe(1);
    expect(JSON.parse(first.out).items).toMatchObject([
      { id: ids[0], outcome: "done" },
      { id: "nobody", outcome: "failed", code: "calendar-unknown" },
      { id: ids[1], outcome: "done" },
    ]);
    const again = await terminal.run("bulk", "sync", "--all", "--since", "2026-05-06T00:59:00Z");
    expect(again.out).toMatch(/2 done, 2 skipped/u);
    expect(terminal.sent).toHaveLength(4);
  });

  test("cancelled between two parts, and told how to go on", async () => {
    const terminal = await withMany(30);
    const interruption = new AbortController();
    interruption.abort();
    terminal.interruption = interruption.signal;
    const { out, errors, status } = await terminal.run("bulk", "refresh", "--all");
    expect([status, out]).toEqual([130, expect.stringContaining("the same command again does the rest")]);
    expect(errors).toContain("--since 2026-05-06T01:00:00.000Z");
  });

  test("revokes every link of the feeds that are meant", async () => {
    const terminal = await withMany(3);
    const [, ann = ""] = [...terminal.calendars.keys()];
    for (const name of ["Draft one", "Choir"]) await terminal.run("feed", "create", ann, "--owner", "ann", "--name", name);
    expect((await terminal.run("bulk", "revoke-links", "--owner", "ann", "--name", "draft")).out).toMatch(/1 link\n1 done/u);
    expect(terminal.links.map(({ state }) => state)).toEqual(["revoked", "active"]);
    expect((await terminal.run("bulk", "revoke-links", "--all")).out).toMatch(/1 done, 1 skipped/u);
  });

  test("never all by mistake", async () => {
    const terminal = await withMany(2);
    const { errors, status } = await terminal.run("bulk", "pause");
    expect([status, errors]).toEqual([1, expect.stringMatching(/^calferry: usage-wrong: /u)]);
    expect(states(terminal)).toEqual({ active: 2 });
    expect((await terminal.run("bulk", "pause", "--where", "size=3")).errors).toMatch(/^calferry: usage-wrong: .*size/u);
  });
});
