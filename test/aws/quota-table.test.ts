import { afterAll, beforeAll, expect, test } from "vitest";

import { QuotaTable } from "../../lib/aws/quota-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import { startTable } from "./engines.ts";
import type { TableEngine } from "./engines.ts";

const USUAL = { calendars: 10, feeds: 10, linksPerFeed: 5 };

let engine: TableEngine;
let table: RecordTable;
beforeAll(async () => {
  engine = await startTable();
  table = new RecordTable("records", engine.settings);
  const owned = (ownerId: string, kind: string, n: number): { pk: string; sk: string } & Record<string, string> => ({
    pk: `${kind}#${ownerId}${n}`,
    sk: "META",
    ownerId,
    ownedKey: `${kind}#2026-05-06#${n}`,
    // Some pages of an index.
    filling: "x".repeat(100_000),
  });
  await table.putAll([
    ...Array.from({ length: 24 }, (_each, n) => owned("ann", "CAL", n)),
    ...Array.from({ length: 3 }, (_each, n) => owned("ann", "FEED", n)),
    owned("bob", "CAL", 0),
  ]);
});
afterAll(async () => engine.stop());

test("things of one kind and owner are counted, over pages, to the limit and no further", async () => {
  const quotas = new QuotaTable(table, USUAL);
  const counts = [
    await quotas.count("ann", "calendars", 1000),
    await quotas.count("ann", "calendars", 20),
    await quotas.count("ann", "calendars", 0),
    await quotas.count("ann", "feeds", 1000),
    await quotas.count("bob", "calendars", 1000),
    await quotas.count("carol", "calendars", 1000),
  ];
  expect(counts).toEqual([24, 20, 0, 3, 1, 0]);
});

test("an owner's own limits are kept beside its other records", async () => {
  const quotas = new QuotaTable(table, USUAL);
  expect(await quotas.quota("ann")).toBeUndefined();
  await quotas.putQuota({ version: 1, ownerId: "ann", feeds: 3 });
  expect(await quotas.quota("ann")).toEqual({ version: 1, ownerId: "ann", feeds: 3 });
});
