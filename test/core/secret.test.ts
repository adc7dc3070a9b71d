import { expect, test } from "vitest";

import { hashSecret, readToken, secretFrom, tokenOf } from "../../lib/core/secret.ts";

test("a secret is its random bytes in base64url", () => {
  expect(secretFrom(new Uint8Array([251, 255, 191, 0]))).toBe("-_-_AA");
});

test("a secret is stored as lower-case hex SHA-256", () => {
  expect(hashSecret("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("a token names its feed and its secret, with or without .ics", () => {
  const secret = "s-ecret_0123456789";
  expect(tokenOf("feed1", secret)).toBe(`feed1.${secret}`);
  expect(readToken(`feed1.${secret}`)).toEqual({ feedId: "feed1", secret });
  expect(readToken(`feed1.${secret}.ics`)).toEqual({ feedId: "feed1", secret });
});

test("ids of 1 to 40 and secrets of 16 to 64 characters are tokens", () => {
  expect(readToken(`${"f".repeat(40)}.${"s".repeat(64)}`)).toEqual({ feedId: "f".repeat(40), secret: "s".repeat(64) });
  expect(readToken(`f.${"s".repeat(16)}`)).toBeDefined();
});

test.each([
  "",
  "feed1",
  `.${"s".repeat(20)}`,
  `feed1.${"s".repeat(15)}`,
  `feed1.${"s".repeat(65)}`,
  `${"f".repeat(41)}.${"s".repeat(20)}`,
  `feed-1.${"s".repeat(20)}`,
  `feed1.${"s".repeat(20)}.csv`,
  `feed1.${"s".repeat(20)}!ics`,
  `feed1.${"s".repeat(20)}.ics.gz`,
  `/feed1.${"s".repeat(20)}`,
  `feed1.${"s".repeat(20)}=`,
])("%s is no token", (token) => {
  expect(readToken(token)).toBeUndefined();
});
