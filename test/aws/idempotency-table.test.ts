import { afterAll, beforeAll, expect, test } from "vitest";

import { IdempotencyTable } from "../../lib/aws/idempotency-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import { newClaim } from "../../lib/core/idempotency.ts";
import { startTable } from "./engines.ts";
import type { TableEngine } from "./engines.ts";

const NOW = new Date("2026-05-06T01:00:00.000Z");
const LATER = new Date("2026-05-07T02:00:00.000Z");

let engine: TableEngine;
let book: IdempotencyTable;
beforeAll(async () => {
  engine = await startTable();
  book = new IdempotencyTable(new RecordTable("records", engine.settings));
});
afterAll(async () => engine.stop());

test("of many who claim the same request at once one gets it", async () => {
  const claims = await Promise.all(
    Array.from({ length: 8 }, async (_each, n) => await book.claim("race", newClaim("hash", `claim-${n}`, NOW), undefined)),
  );
  expect(claims.filter((outcome) => outcome === "saved")).toHaveLength(1);
});

test("an ended claim is taken over by one alone, and who lost it can neither answer nor release", async () => {
  await book.claim("dead", newClaim("hash", "first", NOW), undefined);
  const claims = await Promise.all(
    ["second", "third"].map(async (claimId) => await book.claim("dead", newClaim("hash", claimId, LATER), "first")),
  );
  expect(claims.toSorted()).toEqual(["lost", "saved"]);
  await book.answer("dead", "first", { status: 500 });
  await book.release("dead", "first");
  const kept = await book.load("dead");
  expect([kept?.claimId, kept?.answer]).toEqual([claims[0] === "saved" ? "second" : "third", undefined]);
});

test("an answer comes back byte by byte, and the item goes by the table's own clock", async () => {
  await book.claim("kept", newClaim("hash", "claim", NOW), undefined);
  const sealed = new Uint8Array([0, 255, 7]);
  await book.answer("kept", "claim", { status: 201, location: "/v1/keys/a", sealed });
  const { answer } = (await book.load("kept")) ?? {};
  expect([answer?.status, answer?.location, [...(answer?.sealed ?? [])]]).toEqual([201, "/v1/keys/a", [0, 255, 7]]);
});
