import { afterAll, beforeAll, expect, test } from "vitest";

import { readOwned, readPage } from "../../lib/aws/pages.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import { startTable } from "./engines.ts";
import type { TableEngine } from "./engines.ts";

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
  });
  const runs = ["a", "b"].flatMap((calendarId) =>
    [1, 2, 3].map((n) => ({ pk: `RUN#${calendarId}`, sk: `2026-05-0${n}T00:00:00.000Z` })),
  );
  const things = [1, 2, 3].flatMap((n) => [owned("ann", "CAL", n), owned("ann", "FEED", n), owned("bob", "CAL", n)]);
  await table.putAll([...things, ...runs]);
});
afterAll(async () => engine.stop());

test("a cursor is good in its own listing and in no other", async () => {
  const { cursor } = await readOwned(table, "ann", "CAL#", { limit: 1, cursor: undefined });
  expect((await readOwned(table, "ann", "CAL#", { limit: 5, cursor })).items.map(({ pk }) => pk)).toEqual([
    "CAL#ann2",
    "CAL#ann3",
  ]);
  const refused = expect.objectContaining({ code: "query-invalid" });
  await expect(readOwned(table, "ann", "FEED#", { limit: 5, cursor })).rejects.toEqual(refused);
  await expect(readOwned(table, "bob", "CAL#", { limit: 5, cursor })).rejects.toEqual(refused);
});

test("a cursor of one calendar's runs is none of another's", async () => {
  const runsOf = async (calendarId: string, cursor: string | undefined): ReturnType<typeof readPage> =>
    await readPage(
      table,
      { partition: { field: "pk", value: `RUN#${calendarId}` }, sort: { field: "sk", prefix: "" }, order: "descending" },
      { limit: 1, cursor },
    );
  const { cursor } = await runsOf("a", undefined);
  expect((await runsOf("a", cursor)).items.map(({ sk }) => sk)).toEqual(["2026-05-02T00:00:00.000Z"]);
  await expect(runsOf("b", cursor)).rejects.toMatchObject({ code: "query-invalid" });
});

test.each(["", "x", "====", "0", Buffer.from("CAL#2026-05-06#1").toString("base64url")])(
  "a broken cursor is refused: %j",
  async (cursor) => {
    const page = { limit: 5, cursor };
    await expect(readOwned(table, "ann", "CAL#", page)).rejects.toMatchObject({ code: "query-invalid" });
  },
);
