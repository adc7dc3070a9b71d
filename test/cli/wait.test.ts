import { describe, expect, test } from "vitest";

import type { Run } from "../../lib/contract/run.ts";
import { createMemoryTerminal } from "./memory-terminal.ts";

type End = Partial<Run> & Pick<Run, "status">;

describe("sync now with --wait ends with the run's outcome", () => {
  const ends: [name: string, end: End, told: RegExp, status: number, code: string][] = [
    ["imported", { status: "imported", created: 4, calendarVersion: 1 }, /4 created, 0 updated, 0 deleted/u, 0, ""],
    ["unchanged", { status: "unchanged" }, /unchanged/u, 0, ""],
    ["held", { status: "held", code: "removal-held" }, /held/u, 0, ""],
    [
      "failed",
      { status: "failed", code: "source-not-found", detail: "host h answered 404, wanted 200 or 304" },
      /failed/u,
      1,
      "calferry: source-not-found: host h answered 404, wanted 200 or 304; see the letters with: calferry dlq list\n",
    ],
  ];

  test.each(ends)("%s", async (_name, end, told, wantedStatus, wantedErrors) => {
    const terminal = createMemoryTerminal();
    const added = await terminal.run("calendar", "add", "https://h/team.ics", "--no-sync", "--json");
    let looks = 0;
    terminal.onSleep = () => {
      looks += 1;
      // A worker takes its time.
      for (const [key, run] of looks < 3 ? [] : terminal.runs) terminal.runs.set(key, { ...run, ...end });
    };
    const { out, errors, status } = await terminal.run("calendar", "sync", JSON.parse(added.out).calendarId, "--wait");
    expect(out).toMatch(told);
    expect([errors, status, looks]).toEqual([wantedErrors, wantedStatus, 3]);
  });
});
