import { describe, expect, test } from "vitest";

import { calendarTag, eventTag, isNamed, unmet } from "../../lib/core/event-tag.ts";

const EVENT = { meaning: "m", sequence: 1, lastModified: "20260506T010000Z" };

describe("an entity tag", () => {
  test("of an event moves with its meaning, its revision and its overrides, whatever their order", () => {
    const override = { ...EVENT, recurrenceId: "20260507T010000Z" };
    const tags = [
      [EVENT],
      [{ ...EVENT, meaning: "n" }],
      [{ ...EVENT, sequence: 2 }],
      [{ ...EVENT, lastModified: "20260506T010001Z" }],
      [EVENT, override],
    ].map(eventTag);
    expect(new Set(tags).size).toBe(tags.length);
    expect(eventTag([override, EVENT])).toBe(eventTag([EVENT, override]));
    expect(eventTag([])).toBeUndefined();
  });

  test.each([
    ['"3"', "strong", true],
    ['"2", "3"', "strong", true],
    ["*", "strong", true],
    ['"3.window"', "strong", true],
    ['W/"3"', "strong", false],
    ['W/"3"', "weak", true],
    ['"33"', "strong", false],
    ['"4"', "weak", false],
    ["3", "strong", false],
    ["", "weak", false],
  ] as const)("%s names version 3 in a %s comparison: %s", (condition, comparison, named) => {
    expect(isNamed(condition, calendarTag(3), comparison)).toBe(named);
  });

  test("has to be there for If-Match, and must not be for If-None-Match", () => {
    expect(unmet({}, undefined)).toBeUndefined();
    expect(unmet({ ifMatch: "*" }, undefined)).toMatchObject({ seen: 'If-Match "*"' });
    expect(unmet({ ifNoneMatch: "*" }, undefined)).toBeUndefined();
    expect(unmet({ ifNoneMatch: "*" }, '"3"')).toMatchObject({ etag: '"3"' });
    expect(unmet({ ifNoneMatch: '"2"' }, '"3"')).toBeUndefined();
    expect(unmet({ ifMatch: '"2"' }, '"3"')).toMatchObject({ seen: 'If-Match ""2""', wanted: '"3"', etag: '"3"' });
  });
});
