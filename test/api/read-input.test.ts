import { describe, expect, test } from "vitest";
import * as z from "zod";

import { readInput } from "../../lib/api/read-input.ts";

function refusal(schema: z.ZodType, value: unknown): unknown {
  try {
    return readInput(schema, value, "body");
  } catch (error) {
    return error;
  }
}

describe("what is wrong with a value is said so that a person can mend it:", () => {
  test.each([
    ["an instant", z.object({ at: z.iso.datetime({ offset: true }) }), { at: "x" }, "an instant such as 2026-05-06T10:00:00Z"],
    ["a day", z.object({ at: z.iso.date() }), { at: "2026-13-01" }, "a date such as 2026-05-06"],
    ["one of some words", z.object({ at: z.enum(["ics", "csv"]) }), { at: "pdf" }, "one of ics, csv"],
    ["a pattern of ours", z.object({ at: z.string().regex(/^[a-z]$/u) }), { at: "7" }, "a value that matches /^[a-z]$/u"],
    ["a number", z.object({ at: z.number().max(200) }), { at: 900 }, "number of at most 200"],
  ])("%s", (_what, schema, value, wanted) => {
    const seen = typeof value.at === "string" ? `"${value.at}"` : String(value.at);
    expect(refusal(schema, value)).toMatchObject({
      code: "body-invalid",
      what: `at is ${seen}, wanted ${wanted}`,
      details: { seen, wanted },
    });
  });

  test("a field that nobody knows is named", () => {
    expect(refusal(z.strictObject({}), { colour: 1 })).toMatchObject({
      what: 'the body is "colour", wanted no field of that name',
    });
  });
});
