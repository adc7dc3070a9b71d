import { describe, expect, test } from "vitest";

import { createMemoryTerminal } from "./memory-terminal.ts";

const ADD = ["calendar", "add", "https://h.example/a.ics", "--no-sync"] as const;

describe("a source that wants credentials", () => {
  test.each([
    [["--auth-header", "X-Api-Key"], { kind: "header", name: "X-Api-Key", value: "s3cret" }, "a header"],
    [["--auth-user", "me"], { kind: "basic", user: "me", password: "s3cret" }, "user and password"],
  ])("is added with %j and its secret from standard input, which is never shown", async (options, auth, shown) => {
    const terminal = createMemoryTerminal();
    terminal.input = "s3cret\n";
    const added = await terminal.run(...ADD, ...options);
    expect([...terminal.calendars.values()]).toMatchObject([{ source: { kind: "url", auth } }]);
    expect(added.out).toContain(`https://h.example/... (asked with ${shown})`);
    const [calendarId = ""] = terminal.calendars.keys();
    const printed = await Promise.all([
      terminal.run("calendar", "show", calendarId, "--json"),
      terminal.run("calendar", "list", "--json"),
    ]);
    for (const { out, errors } of [added, ...printed]) expect(out + errors).not.toMatch(/s3cret|a\.ics/u);
    expect(printed[0].out).toContain(`"auth": "${auth.kind}"`);
  });

  test.each([
    ["a value that cannot travel in a header", "s3cret\nInjected: 1", ["--auth-header", "X-Key"]],
    ["a header of the connection", "s3cret", ["--auth-header", "Host"]],
    ["a user with a colon", "s3cret", ["--auth-user", "a:b"]],
    ["no secret", "", ["--auth-user", "me"]],
    ["both", "s3cret", ["--auth-user", "me", "--auth-header", "X-Key"]],
  ])("is refused with %s, and the refusal shows nothing of it", async (_what, input, options) => {
    const terminal = createMemoryTerminal();
    terminal.input = input;
    const { errors, status } = await terminal.run(...ADD, ...options);
    expect(errors).toContain("usage-wrong");
    expect(errors).not.toMatch(/s3cret|a:b/u);
    expect([status, terminal.calendars.size]).toEqual([1, 0]);
  });
});
