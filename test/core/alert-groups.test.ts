import { describe, expect, test } from "vitest";

import type { AlertGroup } from "../../lib/contract/alert.ts";
import {
  arrivalOf,
  claimed,
  dueChannels,
  groupOf,
  heard,
  isNews,
  isOver,
  isStorm,
  joined,
  turned,
} from "../../lib/core/alert-groups.ts";
import type { Arrival } from "../../lib/core/alert-groups.ts";
import { letterOf } from "../aws/records.ts";

const BEGAN_MS = Date.parse("2026-05-06T01:00:00.000Z");
const CHANNELS = ["topic", "webhook"];

const timeout: Arrival = {
  kind: "import",
  code: "source-timeout",
  reason: "host h.example gave no answer in 30 s",
  host: "h.example",
  letterId: "import-one",
  calendarId: "one",
  fingerprint: "import|source-timeout|h.example",
};

function at(minutes: number): string {
  return new Date(BEGAN_MS + minutes * 60_000).toISOString();
}

function groupOfMany(count: number, minutes = 0): AlertGroup {
  let group = joined(undefined, timeout, at(minutes));
  for (let more = 1; more < count; more += 1) group = joined(group, timeout, at(minutes));
  return group;
}

function told(group: AlertGroup, minutes: number): AlertGroup {
  return heard(group, group.notices, { topic: undefined, webhook: undefined }, at(minutes));
}

describe("what is told as one", () => {
  test("all transient failures of a host are one outage, whatever code each calendar saw", () => {
    const codes = ["source-dns", "source-connect", "source-tls", "source-timeout", "source-server-error", "source-incomplete"];
    expect(new Set(codes.map((code) => groupOf({ ...timeout, code })))).toEqual(new Set(["import|transient|h.example"]));
  });

  test("each other code, host and kind is a trouble of its own", () => {
    expect(groupOf({ kind: "import", code: "source-not-found", host: "h.example" })).toBe("import|source-not-found|h.example");
    expect(groupOf({ kind: "import", code: "source-dns", host: "other.example" })).toBe("import|transient|other.example");
    expect(groupOf({ kind: "export", code: "aws-unavailable", host: undefined })).toBe("export|aws-unavailable|-");
    expect(groupOf({ kind: "import", code: "worker-crashed", host: undefined })).toBe("import|worker-crashed|-");
  });

  test("a group remembers every code and where its letters are found", () => {
    const dns = { ...timeout, code: "source-dns", fingerprint: "import|source-dns|h.example" };
    const group = joined(joined(joined(undefined, timeout, at(0)), dns, at(1)), dns, at(2));
    expect(group).toMatchObject({
      code: "source-timeout",
      codes: ["source-timeout", "source-dns"],
      fingerprints: [timeout.fingerprint, dns.fingerprint],
      count: 3,
      openedAt: at(0),
      lastAt: at(2),
      notices: 1,
    });
  });
});

describe("a letter is news", () => {
  const letter = letterOf("import-one");
  const heardOf = { ...letter, toldAt: letter.lastAt };

  test("where there was none, or the one before was closed, or nobody was told of it", () => {
    expect(isNews(undefined, letter)).toBe(true);
    expect(isNews({ ...heardOf, state: "resolved" }, letter)).toBe(true);
    expect(isNews({ ...heardOf, state: "discarded" }, letter)).toBe(true);
    expect(isNews(letter, letter)).toBe(true);
  });

  test("where the calendar fails in another way, but not for another transient code of its host", () => {
    expect(isNews({ ...heardOf, code: "source-gone" }, letter)).toBe(true);
    const slow = { ...heardOf, code: "source-timeout" };
    expect(isNews(slow, { ...letter, code: "source-dns" })).toBe(false);
  });

  test("and is not where it is one more turn of what people have heard of", () => {
    expect(isNews(heardOf, { ...letter, count: 2 })).toBe(false);
    expect(isNews({ ...heardOf, state: "acknowledged" }, letter)).toBe(false);
  });
});

describe("people hear of an alert", () => {
  test("when it opens", () => {
    expect(joined(undefined, arrivalOf(letterOf("import-one")), at(0))).toMatchObject({
      group: "import|source-not-found|calendars.example",
      letterId: "import-one",
      calendarId: "one",
      stage: "opened",
      notices: 1,
      noticedCount: 1,
    });
  });

  test("once more when it grew by a score within minutes, however much it grows after that", () => {
    expect(turned(groupOfMany(20), "open", at(4))).toMatchObject({ stage: "opened" });
    expect(turned(groupOfMany(19), "open", at(5))).toMatchObject({ stage: "opened" });
    const escalated = turned(groupOfMany(20), "open", at(5));
    expect(escalated).toMatchObject({ stage: "escalated", notices: 2, noticedCount: 20 });
    const later = { ...escalated, count: 50_000, lastAt: at(1300) };
    expect(turned(later, "open", at(1301))).toBe(later);
  });

  test("once more when it lasts an hour, unless it is one letter alone or a person has acknowledged it", () => {
    expect(turned(groupOfMany(2), "open", at(59))).toMatchObject({ notices: 1 });
    expect(turned(groupOfMany(2), "open", at(60))).toMatchObject({ stage: "escalated", notices: 2 });
    expect(turned(groupOfMany(1), "open", at(600))).toMatchObject({ notices: 1 });
    expect(turned(groupOfMany(2), "acknowledged", at(600))).toMatchObject({ notices: 1 });
  });

  test("anew where a calendar fails after more than a day of quiet, for that is no part of what was told", () => {
    const another = { ...timeout, letterId: "import-two", calendarId: "two" };
    const group = turned(groupOfMany(2), "open", at(60));
    expect(joined(group, another, at(26 * 60 - 1))).toMatchObject({ notices: 2, letterId: "import-one" });
    expect(joined(group, another, at(26 * 60))).toMatchObject({ stage: "opened", notices: 3, letterId: "import-two", count: 3 });
  });

  test("when it is over: no letter is left, and none came for ten minutes", () => {
    const group = groupOfMany(3);
    expect(turned(group, "none", at(9))).toBe(group);
    const recovered = turned(group, "none", at(10));
    expect(recovered).toMatchObject({ state: "recovered", stage: "recovered", notices: 2 });
    expect(turned(recovered, "none", at(11))).toBe(recovered);
  });

  test("as of something new when it opens again after its end", () => {
    const recovered = turned(groupOfMany(3), "none", at(10));
    const again = joined({ ...recovered, told: { topic: 2 } }, timeout, at(20));
    expect(again).toMatchObject({ state: "open", stage: "opened", count: 1, notices: 3, openedAt: at(20), told: { topic: 2 } });
  });
});

test("an outage of one host with 50,000 calendars over fourteen hours makes three notices", () => {
  const codes = ["source-timeout", "source-dns", "source-connect"];
  let group = groupOfMany(1);
  const stages = [group.stage];
  const seen = (next: AlertGroup): AlertGroup => {
    if (next.notices > group.notices) stages.push(next.stage);
    return next;
  };
  for (let calendar = 1; calendar < 50_000; calendar += 1) {
    const [minutes, code = ""] = [calendar / 60, codes[calendar % codes.length]];
    group = seen(joined(group, { ...timeout, code, fingerprint: `import|${code}|h.example` }, at(minutes)));
    if (calendar % 60 === 0) group = seen(turned(group, "open", at(minutes)));
  }
  for (let minute = 834; minute < 3000; minute += 1) group = seen(turned(group, minute < 2900 ? "open" : "none", at(minute)));
  expect(stages).toEqual(["opened", "escalated", "recovered"]);
  expect(group.count).toBe(50_000);
});

describe("a notice", () => {
  test("is due at each channel that has not taken it, and at none while a process tells it", () => {
    const group = groupOfMany(1);
    expect(dueChannels(group, CHANNELS, at(0))).toEqual(CHANNELS);
    expect(dueChannels(claimed(group, at(0)), CHANNELS, at(0.9))).toEqual([]);
    expect(dueChannels(claimed(group, at(0)), CHANNELS, at(1))).toEqual(CHANNELS);
    const half = heard(claimed(group, at(0)), 1, { topic: undefined, webhook: "it answered 500" }, at(0.1));
    expect(dueChannels(half, CHANNELS, at(2))).toEqual(["webhook"]);
    expect(half).toMatchObject({ told: { topic: 1 }, failures: { webhook: { reason: "it answered 500", tries: 1 } } });
  });

  test("is tried again at the next tick, then ever more seldom, at least once an hour, and forgotten as a failure once taken", () => {
    let group = groupOfMany(1);
    const waits: number[] = [];
    let minutes = 0;
    for (let attempt = 0; attempt < 8; attempt += 1) {
      group = heard(group, 1, { webhook: "down" }, at(minutes));
      const failedAt = minutes;
      while (dueChannels(group, ["webhook"], at(minutes)).length === 0) minutes += 1;
      waits.push(minutes - failedAt);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    expect(heard(group, 1, { webhook: undefined }, at(minutes))).toMatchObject({ told: { webhook: 1 }, failures: {} });
  });

  test("that comes while the one before is told is due after it", () => {
    const escalated = turned(claimed(groupOfMany(20), at(4.5)), "open", at(5));
    const after = heard(escalated, 1, { topic: undefined }, at(5.1));
    expect(dueChannels(after, ["topic"], at(6))).toEqual(["topic"]);
  });
});

describe("an alert is forgotten", () => {
  test("when its end was told by every channel, or nobody took it for a week", () => {
    const recovered = turned(groupOfMany(2), "none", at(10));
    expect(isOver(groupOfMany(2), CHANNELS, at(99_999))).toBe(false);
    expect(isOver(recovered, CHANNELS, at(11))).toBe(false);
    expect(isOver(heard(recovered, 2, { topic: undefined }, at(11)), CHANNELS, at(11))).toBe(false);
    expect(isOver(told(recovered, 11), CHANNELS, at(11))).toBe(true);
    expect(isOver(recovered, CHANNELS, at(10 + 7 * 1440))).toBe(true);
  });

  test("two days after the last calendar became stale, without a word", () => {
    const stale = told(joined(undefined, { kind: "stale", code: "calendar-stale", reason: "r", host: "h.example" }, at(0)), 0);
    expect(turned(stale, "none", at(99_999))).toBe(stale);
    expect(isOver(stale, CHANNELS, at(48 * 60 - 1))).toBe(false);
    expect(isOver(stale, CHANNELS, at(48 * 60))).toBe(true);
  });

  test("ten minutes after a test", () => {
    const trial = joined(undefined, { kind: "test", code: "alert-test", reason: "r" }, at(0));
    expect(isOver(trial, CHANNELS, at(9))).toBe(false);
    expect(isOver(trial, CHANNELS, at(10))).toBe(true);
  });
});

test("five alerts opened in a quarter of an hour are a storm, for a quarter of an hour", () => {
  const groups = Array.from({ length: 5 }, (_, index) => groupOfMany(1, index));
  expect(isStorm(groups.slice(1), at(5))).toBe(false);
  expect(isStorm(groups, at(14))).toBe(true);
  expect(isStorm(groups, at(15))).toBe(false);
});
