import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { createMemoryTerminal } from "./memory-terminal.ts";
import type { MemoryTerminal } from "./memory-terminal.ts";

const SECRET_URL = "https://calendar.example.org/private/k3y/basic.ics?token=s3cret";
let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "registry-"));
  file = join(folder, "registry.ndjson");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function withTeam(): Promise<MemoryTerminal> {
  const terminal = createMemoryTerminal();
  await terminal.run("calendar", "add", SECRET_URL, "--name", "Team\u2028line", "--external-id", "team-1");
  await terminal.run("feed", "create", [...terminal.calendars.keys()][0] ?? "", "--name", "All");
  return terminal;
}

describe("registry", () => {
  test("exported: a file for its owner's eyes alone, and said so; imported where nothing is, twice the same", async () => {
    const terminal = await withTeam();
    const { out, errors, status } = await terminal.run("registry", "export", file, "--with-events");
    expect(status).toBe(0);
    expect(errors).toMatch(/keep it as a secret/u);
    expect(out).toMatch(/1 calendar, 1 feed/u);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, "utf8")).toContain("s3cret");
    const other = createMemoryTerminal();
    const dry = await other.run("registry", "import", file, "--dry-run");
    expect(dry.out).toMatch(/nothing was changed/u);
    expect(other.calendars.size).toBe(0);
    const first = await other.run("registry", "import", file);
    expect(first.out).toMatch(/0 failed/u);
    expect(first.out + first.errors).not.toContain("s3cret");
    expect([...other.calendars]).toEqual([...terminal.calendars]);
    expect(other.links).toEqual(terminal.links);
    expect((await other.run("registry", "import", file)).out).toMatch(/0 made, \d+ there, 0 failed/u);
  });

  test("imported where something else is, or from a file that is none, is refused and changes nothing", async () => {
    const terminal = await withTeam();
    await terminal.run("registry", "export", file);
    const other = createMemoryTerminal();
    await other.run("feed", "create", "--name", "none");
    await other.run("calendar", "add", "--push", "--name", "Own");
    for (const calendar of other.calendars.values()) other.calendars.set("own", { ...calendar, calendarId: "own" });
    for (const checkpoint of other.checkpoints.values()) other.checkpoints.set("own", { ...checkpoint, calendarId: "own" });
    const refused = await other.run("registry", "import", file);
    expect(refused).toMatchObject({ status: 1, errors: expect.stringMatching(/^calferry: stack-not-empty: /u) });
    expect((await other.run("registry", "import", file, "--merge")).status).toBe(0);
    writeFileSync(file, "uid,name\n");
    expect((await other.run("registry", "import", file)).errors).toMatch(/^calferry: registry-invalid: line 1 /u);
    expect((await other.run("registry", "import", join(folder, "none"))).errors).toMatch(/^calferry: file-unreadable: /u);
    expect((await other.run("registry", "export", join(folder, "none", "file"))).errors).toMatch(/calferry: file-unreadable: /u);
  });
});
