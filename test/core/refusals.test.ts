import { expect, test } from "vitest";

import type { Refusal } from "../../lib/core/failure.ts";
import {
  refuseReplay,
  shown,
  unknownCalendar,
  unknownFeed,
  unknownHold,
  unknownLetter,
  unknownRun,
  unknownVersion,
} from "../../lib/core/refusals.ts";

const said = ({ code, message }: Refusal): string => `${code}: ${message}`;

test("what is not there is named, with how to find what is", () => {
  expect([unknownCalendar("c1"), unknownFeed("f1"), unknownRun("r1", "c 1"), unknownLetter("l1")].map(said)).toEqual([
    'calendar-unknown: no calendar "c1", wanted the id of a registered one; list them with: calferry calendar list',
    'feed-unknown: no feed "f1", wanted the id of a registered one; list them with: calferry feed list',
    'run-unknown: calendar "c 1" has no run "r1", wanted the id of one of the last 90 days; list them with: GET /v1/calendars/c%201/runs',
    'letter-unknown: no dead letter "l1", wanted the id of a stored one; list them with: calferry dlq list',
  ]);
});

test("a hold that no longer stands is refused with the one that does", () => {
  const newer = unknownHold("c1", "c1.old", "c1.new");
  expect(said(newer)).toBe(
    'hold-unknown: calendar "c1" has no hold "c1.old", wanted "c1.new"; look at it with: calferry hold show c1.new',
  );
  expect(newer.details).toEqual({ seen: '"c1.old"', wanted: '"c1.new"' });
  expect(said(unknownHold("c1", "c1.old", undefined))).toBe(
    'hold-unknown: calendar "c1" has no hold "c1.old", wanted a hold that stands; this calendar has none; list them with: calferry hold list',
  );
});

test("a version that is not kept is refused with those that are", () => {
  const refusal = unknownVersion("c1", 3, [7, 6]);
  expect(said(refusal)).toBe(
    'version-unknown: calendar "c1" keeps no such version: 3, wanted one of 7, 6; list them with: calferry calendar versions c1',
  );
  expect(refusal.details).toEqual({ seen: "3", wanted: "one of 7, 6" });
  expect(unknownVersion("c1", undefined, []).details).toEqual({
    seen: "none before the present one",
    wanted: "one that was imported; nothing was yet",
  });
});

test("a letter that cannot be replayed says why", () => {
  expect(said(refuseReplay("l1", "unreadable"))).toBe(
    'letter-unreadable: dead letter "l1" holds no task that can be read, wanted an import, export or download; look at what was sent: calferry dlq show l1',
  );
  expect(said(refuseReplay("l1", "not-open"))).toMatch(
    /^letter-closed: dead letter "l1" is closed or was \w+ by somebody else just now, wanted an open one; list .*calferry dlq list$/u,
  );
});

test("a value of a request is shown short and without control characters", () => {
  expect(shown("회의 №1 a-b_c")).toBe('"회의 №1 a-b_c"');
  expect(shown("a\n\u001b[31mb\u202e")).toBe('"a??[31mb?"');
  expect(shown("x".repeat(60))).toBe(`"${"x".repeat(60)}"`);
  expect(shown("x".repeat(61))).toBe(`"${"x".repeat(57)}..."`);
});
