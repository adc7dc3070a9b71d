import { describe, expect, test } from "vitest";

import { createMemoryTerminal } from "./memory-terminal.ts";
import type { MemoryTerminal } from "./memory-terminal.ts";

const URL_OF_ANN = "https://calendars.example.org/ann.ics?token=s3cret";

async function withAnns(): Promise<MemoryTerminal> {
  const terminal = createMemoryTerminal();
  await terminal.run("calendar", "add", URL_OF_ANN, "--owner", "ann", "--name", "Team");
  await terminal.run("calendar", "add", "--push", "--owner", "bob", "--name", "Bob's");
  return terminal;
}

describe("owner", () => {
  test("suspended and resumed: its calendars stop and go on, nobody else's", async () => {
    const terminal = await withAnns();
    const dry = await terminal.run("owner", "suspend", "ann", "--dry-run");
    expect(dry.out).toMatch(/Team +would\n(?:.*\n)*nothing was changed/u);
    const { out } = await terminal.run("owner", "suspend", "ann");
    expect(out).toMatch(/state +suspended/u);
    expect(out).not.toContain("s3cret");
    expect((await terminal.run("owner", "show", "ann")).out).toMatch(/since +2026/u);
    expect([...terminal.calendars.values()].map(({ state }) => state)).toEqual(["paused", "active"]);
    await terminal.run("owner", "resume", "ann");
    expect([...terminal.calendars.values()].map(({ state }) => state)).toEqual(["active", "active"]);
  });

  test("erased to the end with the wait in it, once its name was given twice", async () => {
    const terminal = await withAnns();
    const refused = await terminal.run("owner", "erase", "ann");
    expect(refused).toMatchObject({ status: 1, errors: expect.stringMatching(/^calferry: body-invalid: confirm is missing/u) });
    const dry = await terminal.run("owner", "erase", "ann", "--dry-run");
    expect(dry.out).toMatch(/things +1 calendar, 1 key\nfirst names +Team\nnothing was changed/u);
    expect(terminal.calendars.size).toBe(2);
    const { out, status } = await terminal.run("owner", "erase", "ann", "--confirm", "ann");
    expect(out).toMatch(/state +erased\nthings +1 calendar, 1 key/u);
    expect(status).toBe(0);
    expect([...terminal.calendars.values()].map(({ ownerId }) => ownerId)).toEqual(["bob"]);
  });

  test("broken off while it waits, it says so, and the same command ends it", async () => {
    const terminal = await withAnns();
    const interruption = new AbortController();
    terminal.interruption = interruption.signal;
    terminal.onSleep = () => interruption.abort();
    const broken = await terminal.run("owner", "erase", "ann", "--confirm", "ann");
    expect(broken).toMatchObject({ status: 130, out: expect.stringContaining("the same command goes on from there") });
    terminal.interruption = undefined;
    terminal.onSleep = () => undefined;
    expect((await terminal.run("owner", "erase", "ann", "--confirm", "ann")).out).toMatch(/state +erased/u);
  });
});
