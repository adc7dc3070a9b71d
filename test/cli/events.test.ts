import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, test } from "vitest";

import { createMemoryTerminal } from "./memory-terminal.ts";
import type { MemoryTerminal } from "./memory-terminal.ts";

const folder = mkdtempSync(join(tmpdir(), "calferry-events-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

async function pushed(): Promise<{ terminal: MemoryTerminal; id: string }> {
  const terminal = createMemoryTerminal();
  await terminal.run("calendar", "add", "--push", "--name", "App", "--external-id", "room-7");
  return { terminal, id: [...terminal.calendars.keys()][0] ?? "" };
}

const EVENT = { summary: "Delivery", start: "2026-05-06T10:00:00", zone: "Europe/Lisbon", rrule: "FREQ=DAILY;COUNT=3" };

describe("calferry event", () => {
  test("puts from a file or standard input, lists, shows and deletes", async () => {
    const { terminal, id } = await pushed();
    const put = await terminal.run("event", "put", id, "order/7", file("one.json", EVENT), "--create");
    expect(put.out).toMatch(/^created order\/7 "\S+"\n1 created, 0 updated, 0 deleted; version 1\n$/u);
    expect((await terminal.run("event", "list", id)).out).toContain("2026-05-07T09:00:00Z");
    const shown = await terminal.run("event", "get", id, "order/7");
    expect(shown.out).toContain("2026-05-06T10:00:00 Europe/Lisbon");
    terminal.input = (await terminal.run("event", "get", id, "order/7", "--ics")).out;
    expect(terminal.input).toContain("BEGIN:VTIMEZONE");
    expect((await terminal.run("event", "put", id, "order/7")).out).toContain("unchanged order/7");
    const again = await terminal.run("event", "put", id, "order/7", file("one.json", EVENT), "--create");
    expect(again).toMatchObject({ out: "", status: 1 });
    expect(again.errors).toMatch(/^calferry: precondition-failed: /u);
    const [, etag = ""] = /etag +"(\S+)"/u.exec(shown.out) ?? [];
    expect((await terminal.run("event", "delete", id, "order/7", "--if-match", etag)).out).toContain("deleted order/7");
    expect((await terminal.run("event", "list", id, "--whole")).out).toBe("no events\n");
  });

  test("applies a batch, and of one that cannot be done nothing", async () => {
    const { terminal, id } = await pushed();
    terminal.input = JSON.stringify({
      operations: [
        { op: "put", event: { uid: "a", ...EVENT } },
        { op: "put", event: { uid: "b", ...EVENT } },
      ],
    });
    expect((await terminal.run("event", "batch", id)).out).toBe("2 created, 0 updated, 0 deleted; version 1\n");
    terminal.input = JSON.stringify({
      operations: [
        { op: "delete", uid: "a" },
        { op: "delete", uid: "c" },
      ],
    });
    const refused = await terminal.run("event", "batch", id, "--if-match", "1");
    expect(refused.errors).toMatch(/^calferry: batch-refused: operation 1: /u);
    expect((await terminal.run("event", "list", id, "--whole", "--json")).out).toContain('"uid": "a"');
  });

  test("says what is wrong with a file and with a window", async () => {
    const { terminal, id } = await pushed();
    const put = await terminal.run("event", "put", id, "x", file("bad.json", { start: "tomorrow" }));
    expect(put.errors).toMatch(/^calferry: usage-wrong: start is "tomorrow"/u);
    expect((await terminal.run("event", "put", id, "x", join(folder, "none.json"))).errors).toMatch(
      /^calferry: file-unreadable: /u,
    );
    expect((await terminal.run("event", "list", id, "--from", "soon")).errors).toMatch(/^calferry: usage-wrong: from is "soon"/u);
    terminal.input = "no json";
    expect((await terminal.run("event", "batch", id)).errors).toMatch(/^calferry: usage-wrong: /u);
  });
});

describe("calferry event spread", () => {
  test("puts one event into every calendar that is meant, says first what it would do, and withdraws it again", async () => {
    const terminal = createMemoryTerminal();
    for (const name of ["Lisbon", "Porto"]) await terminal.run("calendar", "add", "--push", "--name", name);
    const closed = file("closed.json", { summary: "Closed", start: "2026-12-24" });
    const dry = await terminal.run("event", "spread", "closed", closed, "--dry-run");
    expect(dry.out).toMatch(/2 created\nnothing was changed\n$/u);
    expect((await terminal.run("event", "spread", "closed", closed, "--name", "porto")).out).toMatch(/1 created\n$/u);
    expect((await terminal.run("event", "spread", "closed", closed)).out).toMatch(/1 created, 1 unchanged\n$/u);
    const named = await terminal.run("event", "withdraw", "closed", "--calendars", ...terminal.calendars.keys(), "nobody");
    expect(named).toMatchObject({ status: 1 });
    expect(named.out).toMatch(/2 deleted, 1 failed\n$/u);
    expect((await terminal.run("event", "withdraw", "closed", "--name", "nowhere")).out).toBe("no push calendar is meant\n");
  });
});

describe("calferry calendar", () => {
  test("set changes what is named, find finds by the app's name, clear empties", async () => {
    const { terminal, id } = await pushed();
    terminal.input = JSON.stringify({ operations: [{ op: "put", event: { uid: "a", ...EVENT } }] });
    await terminal.run("event", "batch", id);
    const set = await terminal.run(
      "calendar",
      "set",
      id,
      "--name",
      "Room",
      "--meta",
      "floor=2",
      "wing=b",
      "--external-id",
      "room-8",
    );
    expect(set.out).toMatch(/external id +room-8\nmetadata +floor=2 wing=b/u);
    await terminal.run("calendar", "set", id, "--meta", "floor=");
    expect(terminal.calendars.get(id)?.metadata).toEqual({ wing: "b" });
    expect((await terminal.run("calendar", "find", "room-8")).out).toContain(id);
    expect((await terminal.run("calendar", "find", "room-7")).errors).toMatch(/^calferry: calendar-unknown: /u);
    expect((await terminal.run("calendar", "clear", id, "--if-match", "1")).out).toBe("deleted 1 events; version 2\n");
    expect((await terminal.run("calendar", "set", id)).errors).toMatch(/^calferry: usage-wrong: /u);
    expect((await terminal.run("calendar", "set", id, "--meta", "floor")).errors).toMatch(/^calferry: usage-wrong: /u);
  });

  test("set changes address, interval and policy of a url calendar; refresh queues a run", async () => {
    const terminal = createMemoryTerminal();
    await terminal.run("calendar", "add", "https://one.example/a.ics", "--no-sync");
    const id = [...terminal.calendars.keys()][0] ?? "";
    terminal.input = "s3cret\n";
    await terminal.run(
      "calendar",
      "set",
      id,
      "--auth-header",
      "X-Key",
      "--every",
      "30",
      "--policy",
      "pastEvents=mirror",
      "userAgent=Robot/1",
    );
    const policy = { pastEvents: "mirror", refreshHint: "follow", userAgent: "Robot/1" };
    expect(terminal.calendars.get(id)).toMatchObject({
      intervalMinutes: 30,
      policy,
      source: { auth: { kind: "header", value: "s3cret" } },
    });
    await terminal.run("calendar", "set", id, "--auth-user", "");
    expect(terminal.calendars.get(id)?.source).toEqual({ kind: "url", url: "https://one.example/a.ics" });
    const moved = await terminal.run("calendar", "set", id, "--url", "https://two.example/secret/b.ics");
    expect(moved.out).not.toContain("secret");
    expect(terminal.checkpoints.get(id)?.host).toBe("two.example");
    expect((await terminal.run("calendar", "refresh", id)).out).toContain("queued");
    expect((await terminal.run("calendar", "set", id, "--every", "7")).errors).toMatch(/^calferry: interval-invalid: /u);
  });

  test("sync --wait and refresh --wait end with the run's outcome: one that failed is an error with its code", async () => {
    for (const verb of ["sync", "refresh"]) {
      const terminal = createMemoryTerminal();
      await terminal.run("calendar", "add", "https://one.example/a.ics", "--no-sync");
      const id = [...terminal.calendars.keys()][0] ?? "";
      const endAs = (fields: object): void => {
        for (const [key, run] of terminal.runs) terminal.runs.set(key, { ...run, ...fields });
      };
      terminal.onSleep = () => endAs({ status: "imported", calendarVersion: 1, created: 3 });
      expect(await terminal.run("calendar", verb, id, "--wait")).toMatchObject({ errors: "", status: 0 });
      terminal.onSleep = () => endAs({ status: "failed", code: "source-dns", detail: "host one.example has no address" });
      terminal.runs.clear();
      const failed = await terminal.run("calendar", verb, id, "--wait");
      expect(failed).toMatchObject({ status: 1 });
      expect(failed.errors).toMatch(/^calferry: source-dns: host one\.example has no address/u);
    }
  });
});
