import { describe, expect, test } from "vitest";

import { createMemoryTerminal } from "./memory-terminal.ts";
import type { MemoryTerminal } from "./memory-terminal.ts";

async function withFeed(): Promise<{ terminal: MemoryTerminal; feedId: string; calendarIds: readonly string[] }> {
  const terminal = createMemoryTerminal();
  for (const name of ["One", "Two"]) await terminal.run("calendar", "add", "--push", "--name", name);
  const calendarIds = [...terminal.calendars.keys()];
  await terminal.run("feed", "create", calendarIds[0] ?? "", "--name", "Team");
  return { terminal, feedId: [...terminal.feeds.keys()][0] ?? "", calendarIds };
}

async function json(terminal: MemoryTerminal, ...args: readonly string[]): Promise<unknown> {
  const { out, errors } = await terminal.run(...args, "--json");
  return errors === "" ? JSON.parse(out) : errors;
}

describe("link", () => {
  test("created shows every way to subscribe and a QR code, the secret in this answer alone", async () => {
    const { terminal, feedId } = await withFeed();
    const { out, status } = await terminal.run("link", "create", feedId, "--label", "Ann's phone", "--qr");
    expect(status).toBe(0);
    const secret = /\/f\/[a-z0-9]+\.(?<secret>[\w-]{32})\.ics/u.exec(out)?.groups?.["secret"] ?? "none";
    expect(out).toContain(`webcal://feeds.example.org/f/${feedId}.${secret}.ics`);
    expect(out).toContain("https://calendar.google.com/calendar/r?cid=webcal%3A%2F%2F");
    expect(out).toContain("Google's phone app cannot add");
    const drawn = out.split("\n").filter((line) => /^[█▀▄ ]{30,}$/u.test(line));
    expect(drawn.length).toBeGreaterThan(15);
    for (const line of drawn) expect(line.length).toBeLessThanOrEqual(80);
    const listed = await terminal.run("link", "list", feedId);
    expect(listed.out).toMatch(/Ann's phone\s+active\s+never/u);
    expect(listed.out).not.toContain(secret);
    for (const line of listed.out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("rotated with grace and revoked by its id", async () => {
    const { terminal, feedId } = await withFeed();
    const [first] = terminal.links;
    const linkId = first?.secretHash.slice(0, 12) ?? "";
    const next = await json(terminal, "link", "rotate", feedId, linkId, "--grace", "3");
    expect(next).toMatchObject({ label: "first", state: "active", subscribe: { url: expect.stringContaining("/f/") } });
    expect(await json(terminal, "link", "list", feedId)).toEqual(
      expect.arrayContaining([expect.objectContaining({ linkId, state: "grace", graceUntil: "2026-05-09T01:00:00.000Z" })]),
    );
    expect((await terminal.run("link", "rotate", feedId, linkId)).errors).toMatch(/^calferry: link-ended: /u);
    expect((await terminal.run("link", "revoke", feedId, linkId)).out).toContain(`revoked link ${linkId}`);
    expect((await terminal.run("link", "revoke", feedId, "nobody")).errors).toMatch(/^calferry: link-unknown: /u);
    expect((await terminal.run("link", "create", feedId, "--label", "x", "--expires", "soon")).errors).toMatch(/usage-wrong/u);
    for (const expires of ["2d", "2026-05-08T01:00:00Z"]) {
      const made = await json(terminal, "link", "create", feedId, "--label", "x", "--expires", expires);
      expect(made).toMatchObject({ expiresAt: "2026-05-08T01:00:00.000Z" });
    }
  });
});

describe("feed", () => {
  test("set and filtered says what it shows; none takes away", async () => {
    const { terminal, feedId } = await withFeed();
    await terminal.run("feed", "set", feedId, "--name", "Choir", "--color", "teal", "--past", "30", "--future", "90");
    await terminal.run("feed", "filter", feedId, "--exclude", "private,cancelled", "--all-day", "drop");
    expect(await json(terminal, "feed", "show", feedId)).toMatchObject({
      name: "Choir",
      color: "teal",
      policy: { pastDays: 30, futureDays: 90 },
      filters: { keywords: { exclude: ["private", "cancelled"] }, allDay: "drop" },
    });
    await terminal.run("feed", "set", feedId, "--color", "none", "--future", "none");
    await terminal.run("feed", "filter", feedId, "--none");
    const shown = await json(terminal, "feed", "show", feedId);
    expect(shown).toMatchObject({ policy: { pastDays: 30 } });
    for (const field of ["color", "filters"]) expect(shown).not.toHaveProperty(field);
    expect((await terminal.run("feed", "set", feedId, "--class", "open")).errors).toMatch(/usage-wrong/u);
  });

  test("removed is listed no more", async () => {
    const { terminal, feedId } = await withFeed();
    expect((await terminal.run("feed", "remove", feedId)).out).toContain(`removed feed ${feedId}`);
    expect(terminal.links).toEqual([]);
    expect((await terminal.run("feed", "show", feedId)).errors).toMatch(/feed-unknown/u);
  });
});

describe("member", () => {
  test("put in, filtered, set and removed", async () => {
    const { terminal, feedId, calendarIds } = await withFeed();
    const [one = "", two = ""] = calendarIds;
    const put = ["--position", "0", "--include", "yoga", "--without", "U9", "--days", ":90"];
    expect(await json(terminal, "member", "put", feedId, `${two}:busy`, ...put)).toEqual({
      members: [
        {
          calendarId: two,
          mask: "busy",
          position: 0,
          filters: { keywords: { include: ["yoga"] }, categories: { exclude: ["U9"] }, futureDays: 90 },
        },
        { calendarId: one, mask: "full", position: 1 },
      ],
    });
    const listed = await terminal.run("member", "list", feedId);
    for (const line of listed.out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect(await json(terminal, "member", "set", feedId, one, `${two}:titles`)).toMatchObject({
      members: [{ calendarId: one }, { calendarId: two, mask: "titles" }],
    });
    expect(await json(terminal, "member", "remove", feedId, one)).toMatchObject({ members: [{ calendarId: two, position: 0 }] });
    expect((await terminal.run("member", "remove", feedId, one)).errors).toMatch(/member-unknown/u);
    expect((await terminal.run("member", "put", feedId, "nobody")).errors).toMatch(/calendar-unknown/u);
  });
});
