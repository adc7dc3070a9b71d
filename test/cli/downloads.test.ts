import { describe, expect, test } from "vitest";

import { createMemoryTerminal } from "./memory-terminal.ts";
import type { MemoryTerminal } from "./memory-terminal.ts";

const MAY = ["--from", "2026-05-01", "--to", "2026-06-01", "--zone", "Asia/Seoul"] as const;

/** A terminal, a calendar, and a worker that makes a part each time that somebody waits. */
async function start(): Promise<{ readonly terminal: MemoryTerminal; readonly calendarId: string }> {
  const terminal = createMemoryTerminal();
  await terminal.run("calendar", "add", "https://example.org/team.ics", "--name", "팀 회의");
  const [calendarId = ""] = terminal.calendars.keys();
  return { terminal, calendarId };
}

function onlyDownload(terminal: MemoryTerminal): string {
  const [downloadId = ""] = terminal.downloads.keys();
  return downloadId;
}

describe("calferry download", () => {
  test("request tells of a new download, and of a shared one", async () => {
    const { terminal, calendarId } = await start();
    const first = await terminal.run("download", "request", calendarId, ...MAY);
    expect(first.errors).toBe("");
    expect(first.out).toContain("state     queued\n");
    expect(first.out).toContain("file      팀 회의 2026-05-01 2026-06-01.csv\n");
    const second = await terminal.run("download", "request", calendarId, ...MAY);
    expect(second.out).toContain("queued (shared: it was asked for before)");
    expect(terminal.downloads.size).toBe(1);
    expect(terminal.sent.filter(({ kind }) => kind === "download").length).toBeGreaterThan(0);
  });

  test("request --output waits with a bar of its parts and writes the file", async () => {
    const { terminal, calendarId } = await start();
    terminal.watched = true;
    let looks = 0;
    terminal.onSleep = () => {
      looks += 1;
      const downloadId = onlyDownload(terminal);
      const before = terminal.downloads.get(downloadId);
      if (before === undefined) return;
      if (looks === 1) terminal.downloads.set(downloadId, { ...before, state: "running", parts: 2 });
      if (looks === 2) void terminal.services.downloadBook.load(downloadId);
      if (looks < 3) return;
      const ready = {
        state: "ready",
        fileKey: "downloads/x/file.csv",
        bytes: 9,
        rows: 31,
        keptUntil: "2026-05-13T01:00:00.000Z",
      } as const;
      terminal.downloads.set(downloadId, { ...before, ...ready });
    };
    const ran = await terminal.run("download", "request", calendarId, ...MAY, "--output", "may.csv");
    expect(ran).toMatchObject({ out: "wrote may.csv: 31 rows, 9 bytes\n", errors: "", status: 0 });
    expect(terminal.written.get("may.csv")).toBe("the bytes of downloads/x/file.csv");
    expect(terminal.drawn).toContain("[------------------------------] 0 %  0 of 2 parts  (Ctrl-C stops)");
    expect(terminal.drawn.at(-1)).toBe("");
  });

  test("a download that fails while somebody waits is an error of the command", async () => {
    const { terminal, calendarId } = await start();
    terminal.onSleep = () => {
      const before = terminal.downloads.get(onlyDownload(terminal));
      const why = { state: "failed", code: "download-too-large", reason: "it has 9 rows, wanted at most 1" } as const;
      if (before !== undefined) terminal.downloads.set(before.downloadId, { ...before, ...why });
    };
    const ran = await terminal.run("download", "request", calendarId, ...MAY, "--wait");
    expect(ran.status).toBe(1);
    expect(ran.errors).toBe(
      "calferry: download-too-large: it has 9 rows, wanted at most 1; ask for a shorter window, or for csv\n",
    );
  });

  test("Ctrl-C ends the wait and not the download", async () => {
    const { terminal, calendarId } = await start();
    const keyboard = new AbortController();
    terminal.interruption = keyboard.signal;
    terminal.onSleep = () => keyboard.abort();
    const ran = await terminal.run("download", "request", calendarId, ...MAY, "--wait");
    expect(ran.status).toBe(130);
    expect(terminal.downloads.get(onlyDownload(terminal))?.state).toBe("queued");
  });

  test("one that does not move is waited for a quarter of an hour", async () => {
    const { terminal, calendarId } = await start();
    const { errors } = await terminal.run("download", "request", calendarId, ...MAY, "--wait");
    expect(errors).toMatch(/^calferry: wait-too-long: .* 0 of \? parts for 15 minutes/u);
  });

  test("get writes under the download's own name, show and list say how far it is, cancel ends it", async () => {
    const { terminal, calendarId } = await start();
    await terminal.run("download", "request", calendarId, ...MAY);
    const downloadId = onlyDownload(terminal);
    expect((await terminal.run("download", "get", downloadId)).errors).toContain("download-not-ready");
    const list = await terminal.run("download", "list");
    expect(list.out).toContain(downloadId);
    expect(list.out).toContain("queued");
    expect((await terminal.run("download", "cancel", downloadId)).out).toContain("cancelled");
    expect((await terminal.run("download", "cancel", downloadId)).errors).toContain("download-ended");
    const before = terminal.downloads.get(downloadId);
    if (before !== undefined) {
      terminal.downloads.set(downloadId, { ...before, state: "ready", fileKey: "k", keptUntil: "2026-05-13T01:00:00.000Z" });
    }
    expect((await terminal.run("download", "get", downloadId)).errors).toBe("");
    expect([...terminal.written]).toEqual([["팀 회의 2026-05-01 2026-06-01.csv", "the bytes of k"]]);
  });

  test.each([
    ["usage-wrong", ["--format", "csv"]],
    ["usage-wrong", ["--days", "soon"]],
    ["usage-wrong", ["--days", "7", "--columns", "start,colour"]],
    ["window-invalid", ["--days", "7", "--zone", "Mars/Olympus"]],
    ["window-too-long", ["--from", "2010-01-01", "--to", "2020-01-01"]],
  ])("%s: %j", async (code, args) => {
    const { terminal, calendarId } = await start();
    const { errors, status } = await terminal.run("download", "request", calendarId, ...args);
    expect(errors).toMatch(new RegExp(`^calferry: ${code}: `, "u"));
    expect(status).toBe(1);
    expect(terminal.downloads.size).toBe(0);
  });

  test("a repeat stands with its schedule until it is ended", async () => {
    const { terminal, calendarId } = await start();
    const made = await terminal.run(
      "download",
      "repeat",
      calendarId,
      "--days",
      "7",
      "--every",
      "0 7 * * 1",
      "--zone",
      "Asia/Seoul",
    );
    expect(made.errors).toBe("");
    // Wednesday, 6 May; Monday, 11 May, seven in Seoul.
    expect(made.out).toContain("next      2026-05-10T22:00:00.000Z");
    const [repeatId = ""] = terminal.repeats.keys();
    expect((await terminal.run("download", "repeats")).out).toContain(repeatId);
    expect((await terminal.run("download", "end-repeat", repeatId)).out).toBe(`ended ${repeatId}\n`);
    expect((await terminal.run("download", "repeats")).out).toBe("no repeats\n");
    expect((await terminal.run("download", "end-repeat", repeatId)).errors).toContain("repeat-unknown");
    const often = await terminal.run("download", "repeat", calendarId, "--days", "7", "--every", "* * * * *");
    expect(often.errors).toContain("schedule-invalid");
  });
});
