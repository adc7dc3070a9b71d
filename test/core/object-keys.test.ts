import { expect, test } from "vitest";

import { changesKey, feedKey, shortHash, snapshotKey } from "../../lib/core/object-keys.ts";

// SHA-256 of "abc" begins with ba7816bf8f01cfea414140de5dae2223.
const ABC = Buffer.from("ba7816bf8f01cfea414140de5dae2223", "hex").toString("base64url");

test("a short hash is the first 128 bits of SHA-256", () => {
  expect(shortHash("abc")).toBe(ABC);
  expect(shortHash(new TextEncoder().encode("abc"))).toBe(ABC);
});

test("keys sort by version and never repeat for other content", () => {
  expect(snapshotKey("cal1", 7, "abc")).toBe(`snapshots/cal1/000000007-${ABC}`);
  expect(changesKey("cal1", 12_345, "abc")).toBe(`changes/cal1/000012345-${ABC}`);
  expect(snapshotKey("cal1", 9, "x") < snapshotKey("cal1", 10, "x")).toBe(true);
});

test("a feed's key has its revision and the start of its ETag without quotes", () => {
  expect(feedKey("feed1", 3, '"abcdefghijklmnopqrstuvwxyz"')).toBe("feeds/feed1/000000003-abcdefghijklmnopqrstuv.ics");
});
