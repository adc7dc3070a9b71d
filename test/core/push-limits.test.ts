import { expect, test } from "vitest";

import { requireRoom } from "../../lib/core/push-limits.ts";

const many = (count: number, size: number): { readonly text: string }[] =>
  Array.from({ length: count }, () => ({ text: "x".repeat(size) }));

test("a push calendar takes 20,000 events and ten million characters, and not one more", () => {
  expect(() => requireRoom(many(20_000, 500))).not.toThrow();
  expect(() => requireRoom(many(20_001, 1))).toThrow("the calendar would have 20001 events, wanted at most 20000");
  expect(() => requireRoom([...many(20, 500_000), ...many(1, 1)])).toThrow(
    "10000001 characters of events, wanted at most 10000000",
  );
});
