import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createMemoryTerminal } from "./memory-terminal.ts";

const FEED = [
  "BEGIN:VCALENDAR",
  "X-WR-CALNAME:근무표",
  "X-WR-TIMEZONE:Asia/Seoul",
  "BEGIN:VEVENT",
  "UID:daily",
  "DTSTART:20260601T090000",
  "DURATION:PT1H",
  "RRULE:FREQ=DAILY;COUNT=3",
  "END:VEVENT",
  "BEGIN:VEVENT",
  "UID:broken",
  "DTSTART:someday",
  "END:VEVENT",
  "END:VCALENDAR",
  "",
].join("\r\n");

let folder = "";
let file = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "calferry-inspect-"));
  file = join(folder, "team.ics");
  await writeFile(file, FEED);
});
afterAll(async () => await rm(folder, { recursive: true }));

describe("inspect", () => {
  test("a file tells name, zone, counts, and each skipped component with line, UID, code and reason", async () => {
    const { out, status } = await createMemoryTerminal().run("inspect", file);
    expect(out).toMatch(/name +근무표/u);
    expect(out).toMatch(/zone +Asia\/Seoul/u);
    expect(out).toMatch(/events +1/u);
    expect(out).toMatch(/line 10: dtstart-invalid, UID broken\n {2}.*someday/u);
    expect(status).toBe(0);
  });

  test("--json with a window lists occurrences in UTC; --floating wins over the feed's zone", async () => {
    const window = ["--from", "2026-06-02", "--to", "2026-06-10T00:00:00Z", "--json"];
    const seoul = JSON.parse((await createMemoryTerminal().run("inspect", file, ...window)).out);
    expect(seoul).toMatchObject({ events: 1, total: 2, capped: false, skipped: [{ code: "dtstart-invalid", uid: "broken" }] });
    expect(seoul.occurrences[0]).toMatchObject({
      uid: "daily",
      startUtc: "2026-06-02T00:00:00Z",
      endUtc: "2026-06-02T01:00:00Z",
    });
    const utc = JSON.parse((await createMemoryTerminal().run("inspect", file, ...window, "--floating", "UTC")).out);
    expect(utc.occurrences[0]).toMatchObject({ startUtc: "2026-06-02T09:00:00Z" });
  });

  test("standard input is read for -", async () => {
    const terminal = createMemoryTerminal();
    terminal.input = FEED;
    expect(JSON.parse((await terminal.run("inspect", "-", "--json")).out)).toMatchObject({ path: "-", events: 1 });
  });

  test("a page that is no calendar is refused with the import's own code", async () => {
    const terminal = createMemoryTerminal();
    terminal.input = "<html>please log in</html>";
    const { out, errors, status } = await terminal.run("inspect", "-");
    expect(errors).toMatch(/^calferry: not-icalendar: [^\n]*HTML[^\n]*\n$/u);
    expect([out, status]).toEqual(["", 1]);
  });

  test("a url goes through the import's fetch; its path is never printed", async () => {
    const terminal = createMemoryTerminal();
    terminal.fetched = { kind: "complete", bytes: Buffer.from(FEED), contentType: "text/calendar" };
    const good = await terminal.run("inspect", "webcal://h.example.org/s3cret/team.ics");
    terminal.fetched = {
      kind: "failed",
      failure: { code: "source-not-found", reason: "host h.example.org answered 404, wanted 200" },
    };
    const bad = await terminal.run("inspect", "https://h.example.org/s3cret/team.ics");
    expect(good.out).toContain("source   webcal://h.example.org/...");
    expect(bad).toMatchObject({ status: 1, errors: "calferry: source-not-found: host h.example.org answered 404, wanted 200\n" });
    expect(good.out + bad.errors).not.toContain("s3cret");
  });

  test("a wrong window or zone is a usage error", async () => {
    const terminal = createMemoryTerminal();
    expect((await terminal.run("inspect", file, "--from", "yesterday")).errors).toMatch(
      /^calferry: usage-wrong: from is "yesterday"/u,
    );
    expect((await terminal.run("inspect", file, "--floating", "Mars/X")).errors).toMatch(/IANA time zone name/u);
  });

  test("--ndjson answers each line, and a line that fails does not stop the next", async () => {
    const terminal = createMemoryTerminal();
    const requests = [
      JSON.stringify({ path: file, from: "2026-06-01T00:00:00Z", to: "2026-07-01T00:00:00Z", limit: 1, floating: "UTC" }),
      "{nope",
      JSON.stringify({ path: join(folder, "missing.ics") }),
      "",
      JSON.stringify({ path: file, limit: "many" }),
      JSON.stringify({ path: file }),
    ];
    terminal.input = requests.join("\n");
    const { out, status } = await terminal.run("inspect", "--ndjson");
    const answers = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(answers).toMatchObject([
      {
        path: file,
        calendar: { name: "근무표", timeZone: "Asia/Seoul" },
        events: 1,
        total: 3,
        capped: true,
        occurrences: [{ uid: "daily" }],
      },
      { path: "", error: { code: "usage-wrong" } },
      { path: join(folder, "missing.ics"), error: { code: "file-unreadable" } },
      { path: file, error: { code: "usage-wrong" } },
      { path: file, events: 1, occurrences: [], total: 0, capped: false },
    ]);
    expect(status).toBe(0);
  });
});
