import { describe, expect, test } from "vitest";

import { arrivalOf, joined, turned } from "../../lib/core/alert-groups.ts";
import type { AlertGroup } from "../../lib/contract/alert.ts";
import { alertMessage } from "../../lib/core/alert-message.ts";
import { letterOf } from "../aws/records.ts";

const FIRST = "2026-02-01T00:00:00.000Z";
const LATER = "2026-02-01T00:07:00.000Z";
const one = joined(undefined, arrivalOf(letterOf("import-one", { body: '{"secret":"https://h/secret.ics"}' })), FIRST);

function many(count: number, codes: readonly string[] = [one.code]): AlertGroup {
  return { ...one, count, codes: [...codes], lastAt: LATER };
}

describe("an alert", () => {
  test("of one letter reads as what, why, since when, and what to do, and shows no body", () => {
    const { subject, text, code } = alertMessage(one);
    expect(code).toBe("source-not-found");
    expect(subject).toBe("Calferry: source-not-found at calendars.example");
    expect(text.split("\n")).toEqual([
      "source-not-found: host calendars.example answered 404, wanted 200 or 304; check the calendar's url",
      "",
      "calendar:  one",
      "host:      calendars.example",
      `count:     1 letter since ${FIRST}, last ${FIRST}`,
      "letter:    import-one",
      "",
      "When mended:  calferry dlq replay import-one",
      "What to do:  docs/runbook.md#source-not-found",
    ]);
  });

  test("that grew says how many, and its command means them all", () => {
    const { subject, text } = alertMessage(turned(many(20), "open", LATER));
    expect(subject).toBe("Calferry: still failing: source-not-found at calendars.example, 20 letters");
    expect(text).toContain("still failing: source-not-found: host calendars.example answered 404");
    expect(text).toContain(`count:     20 letters since ${FIRST}, last ${LATER}`);
    expect(text).toContain("When mended:  calferry dlq replay --kind import --host calendars.example --code source-not-found");
    expect(text).not.toMatch(/import-one|calendar:/u);
  });

  test("of an outage with several codes names them, and its command leaves the code out", () => {
    const { text } = alertMessage(many(3, ["source-timeout", "source-dns"]));
    expect(text).toContain("codes:     source-timeout, source-dns\n");
    expect(text).toContain("When mended:  calferry dlq replay --kind import --host calendars.example\n");
  });

  test("that is over says so and asks for nothing", () => {
    const { subject, text } = alertMessage(turned(many(3), "none", "2026-02-01T01:00:00.000Z"));
    expect(subject).toBe("Calferry: recovered: source-not-found at calendars.example");
    expect(text).toContain("Nothing to do: no letter of it is left open.");
    expect(text).not.toContain("dlq replay");
  });

  test("of a message that nobody can read asks to look at it, for it cannot be replayed", () => {
    const unreadable = { ...one, kind: "unreadable", host: undefined, calendarId: undefined } as const;
    expect(alertMessage(unreadable).subject).toBe("Calferry: source-not-found at unreadable");
    expect(alertMessage(unreadable).text).toContain("Look at it:  calferry dlq show import-one");
    expect(alertMessage({ ...unreadable, count: 2 }).text).toContain("Look at it:  calferry dlq list --kind unreadable");
  });

  test("of stale calendars shows the one, or the whole stack", () => {
    const stale = { ...one, kind: "stale", code: "calendar-stale", letterId: undefined } as const;
    expect(alertMessage(stale).text).toContain("Look at it:  calferry calendar show one");
    expect(alertMessage(stale).text).toContain("count:     1 calendar since");
    expect(alertMessage({ ...stale, count: 2 }).text).toContain("Look at it:  calferry status");
  });

  test("of a feed without a host is told by the feed", () => {
    const feed = {
      ...one,
      kind: "export",
      host: undefined,
      calendarId: undefined,
      feedId: "f1",
      code: "feed-too-large",
    } as const;
    expect(alertMessage(feed).subject).toBe("Calferry: feed-too-large at f1");
    expect(alertMessage({ ...feed, count: 2, codes: ["feed-too-large"] }).text).toContain(
      "calferry dlq replay --kind export --code feed-too-large",
    );
  });

  test("has a subject that SNS takes, whatever the host is called", () => {
    const { subject } = alertMessage({ ...one, host: `한국\n${"h".repeat(200)}` });
    expect(subject).toMatch(/^Calferry: source-not-found at \?\?\?h+$/u);
    expect(subject.length).toBeLessThan(100);
  });
});

describe("many alerts at once", () => {
  const groups = Array.from({ length: 25 }, (_, index) => ({ ...one, host: `h${index}.example`, letterId: `import-${index}` }));
  const [first = one, ...others] = groups;

  test("are one message with a line and a command for each of the first twenty", () => {
    const { subject, text } = alertMessage(first, ...others);
    expect(subject).toBe("Calferry: 25 alerts, first source-not-found at h0.example");
    expect(text).toContain(`- source-not-found at h19.example: 1 letter since ${FIRST}; calferry dlq replay import-19\n`);
    expect(text).not.toContain("h20.example");
    expect(text).toContain("- and 5 more\n");
    expect(text.match(/docs\/runbook\.md#source-not-found/gu)).toHaveLength(1);
  });

  test("of which some are over", () => {
    const { text } = alertMessage(first, { ...many(2), stage: "recovered" });
    expect(text).toContain(`- recovered: source-not-found at calendars.example: 2 letters since ${FIRST}\n`);
    expect(text).not.toContain("more\n");
  });
});
