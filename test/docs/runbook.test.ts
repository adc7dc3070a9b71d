import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { documentOf } from "../../lib/api/document.ts";
import { ROUTES } from "../../lib/api/routes.ts";
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

  test("has a heading for each code of the OpenAPI text, and each of them is a refusal or a failure", () => {
    const known = new Set<string>([...Object.keys(FAILURES), ...REFUSALS]);
    const lists = [...JSON.stringify(documentOf(ROUTES)).matchAll(/"code":\{"type":"string","enum":(\[[^\]]*\])/gu)];
    const named = new Set(lists.flatMap((match): string[] => JSON.parse(String(match[1]))));
    expect(named.size).toBeGreaterThan(20);
    expect([...named].filter((code) => !known.has(code) || !headings.has(code))).toEqual([]);
  });

  test("says of each heading what it means, where to look, how to fix and how to confirm", () => {
    const sections = runbook.split(/^### /mu).slice(1);
    for (const section of sections) {
      for (const part of ["Meaning", "Look", "Fix", "Confirm"]) expect(section).toContain(`- **${part}**: `);
    }
  });
});
