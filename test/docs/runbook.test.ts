import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { ALERTS, FAILURES, FINDINGS, REFUSALS, SKIPS } from "../../lib/contract/code.ts";

const runbook = readFileSync(new URL("../../docs/runbook.md", import.meta.url), "utf8");
const headings = new Set([...runbook.matchAll(/^### (\S+)$/gmu)].map((match) => String(match[1])));
const alarms = ["ticks-missing", "alerting-broken", "tasks-waiting", "function-failing", "function-throttled"];

describe("the runbook", () => {
  test("has a heading for each failure, refusal, finding, alert and alarm, and none besides", () => {
    expect(headings).toEqual(new Set([...Object.keys(FAILURES), ...REFUSALS, ...FINDINGS, ...ALERTS, ...alarms]));
  });

  test("lists each code under which a part of a calendar is left out", () => {
    const rows = [...runbook.matchAll(/^\| `(\S+)` \|/gmu)].map((match) => String(match[1]));
    expect(new Set(rows)).toEqual(new Set(SKIPS));
  });

  test("says of each heading what it means, where to look, how to fix and how to confirm", () => {
    const sections = runbook.split(/^### /mu).slice(1);
    for (const section of sections) {
      for (const part of ["Meaning", "Look", "Fix", "Confirm"]) expect(section).toContain(`- **${part}**: `);
    }
  });
});
