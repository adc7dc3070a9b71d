import { describe, expect, test } from "vitest";

import { LifeMessage } from "../../lib/contract/life.ts";
import { importFailed, letterOpened } from "../../lib/core/life-messages.ts";
import { letterOf } from "../aws/records.ts";

describe("a message", () => {
  test("of a letter names what gave up, whatever it is, and not why in words", () => {
    const facts = { code: "source-gone", count: 3, lastAt: "2026-05-06T00:00:00.000Z", reason: "host h answered 410" };
    const things = [{ calendarId: "c1", ownerId: "ann" }, { feedId: "f1", calendarId: "c1" }, { downloadId: "d1" }, {}];
    for (const thing of things) {
      const message = letterOpened({ ...letterOf("letter-1", facts), calendarId: undefined, ownerId: undefined, ...thing });
      const wanted = { version: 1, kind: "letter.opened", at: facts.lastAt, letterId: "letter-1", code: "source-gone", count: 3 };
      expect(message).toEqual({ ...wanted, ...thing });
      expect(LifeMessage.parse(message)).toEqual(message);
    }
  });

  test("of a calendar has the app's own name of it", () => {
    const failed = { at: "2026-05-06T00:00:00.000Z", code: "source-dns", runId: "r1", failures: 2 };
    const calendar = { calendarId: "c1", ownerId: "ann" };
    expect(importFailed(failed, { ...calendar, externalId: "user-1" })).toMatchObject({ ...calendar, externalId: "user-1" });
    expect(importFailed(failed, calendar)).not.toHaveProperty("externalId");
  });
});
