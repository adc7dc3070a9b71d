import { expect, it } from "vitest";

import { feedOfAnn } from "../api/ann.ts";
import { createMemoryTerminal } from "./memory-terminal.ts";

it("an operator gives an owner other limits, sees them in its usage and takes them back", async () => {
  const terminal = createMemoryTerminal();
  await feedOfAnn(terminal);
  expect((await terminal.run("owner", "quota", "ann", "--calendars", "7")).out).toMatch(
    /calendars +7, its own\nfeeds +1000, as usual/u,
  );
  expect((await terminal.run("usage", "--owner", "ann")).out).toMatch(/calendars +1 of 7\nfeeds +1 of 1000/u);
  const shown = await terminal.run("owner", "quota", "ann", "--json");
  expect(JSON.parse(shown.out)).toMatchObject({ calendars: 7, own: ["calendars"] });
  await terminal.run("owner", "quota", "ann", "--usual");
  expect(JSON.parse((await terminal.run("owner", "quota", "ann", "--json")).out)).toMatchObject({ calendars: 1000, own: [] });
});

it("a limit that is no number changes nothing", async () => {
  const terminal = createMemoryTerminal();
  const ran = await terminal.run("owner", "quota", "ann", "--feeds", "many");
  expect([ran.status, ran.errors]).toEqual([1, expect.stringContaining("usage-wrong")]);
  expect(terminal.quotas.size).toBe(0);
});
