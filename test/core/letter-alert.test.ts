import { describe, expect, test } from "vitest";

import type { Letter } from "../../lib/contract/letter.ts";
import { letterAlert } from "../../lib/core/letter-alert.ts";

const LETTER: Letter = {
  version: 1,
  revision: 1,
  letterId: "import-one",
  kind: "import",
  calendarId: "one",
  fingerprint: "import|source-gone|h.example",
  code: "source-gone",
  reason: "host h.example answered 410, wanted 200 or 304",
  host: "h.example",
  queue: "import-dlq",
  body: '{"secret":1}',
  attempts: 5,
  messageIds: ["m"],
  count: 2,
  firstAt: "2026-01-01T00:00:00.000Z",
  lastAt: "2026-01-02T00:00:00.000Z",
  state: "open",
  history: [],
};

describe("an alert", () => {
  test("reads as what, why, how often, since when, and what to do", () => {
    const { subject, text } = letterAlert(LETTER);
    expect(subject).toBe("Calferry: source-gone at h.example");
    expect(text.split("\n")).toEqual([
      "source-gone: host h.example answered 410, wanted 200 or 304",
      "",
      "calendar:  one",
      "host:      h.example",
      "count:     2 (5 attempts), first 2026-01-01T00:00:00.000Z, last 2026-01-02T00:00:00.000Z",
      "letter:    import-one",
      "",
      "When mended:  calferry dlq replay import-one",
      "What to do:  docs/runbook.md#source-gone",
    ]);
  });

  test("has a subject that SNS takes, whatever the host is called", () => {
    const { subject } = letterAlert({ ...LETTER, host: `한국\n${"h".repeat(200)}` });
    expect(subject).toMatch(/^Calferry: source-gone at \?\?\?h+$/u);
    expect(subject.length).toBeLessThan(100);
  });

  test("of a message that nobody can read asks to look at it, for it cannot be replayed", () => {
    const { subject, text } = letterAlert({ ...LETTER, kind: "unreadable", host: undefined, calendarId: undefined });
    expect(subject).toBe("Calferry: source-gone at import-dlq");
    expect(text).toContain("calferry dlq show import-one");
    expect(text).not.toContain("replay");
  });
});
