import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createApp } from "../../lib/api/app.ts";
import { KeyTable } from "../../lib/aws/key-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import type { Key } from "../../lib/contract/key.ts";
import { hashSecret } from "../../lib/core/secret.ts";
import { createMemory } from "../api/memory-services.ts";
import { startTable } from "./engines.ts";
import type { TableEngine } from "./engines.ts";

let engine: TableEngine;
let table: RecordTable;
let keys: KeyTable;
beforeAll(async () => {
  engine = await startTable();
  table = new RecordTable("records", engine.settings);
  keys = new KeyTable(table);
});
afterAll(async () => engine.stop());

const PAGE = { limit: 50, cursor: undefined };

function keyOf(secret: string, fields: Partial<Key> = {}): Key {
  const keyHash = hashSecret(secret);
  return {
    version: 1,
    keyHash,
    label: secret,
    scope: "admin",
    state: "active",
    createdAt: "2026-05-06T01:00:00.000Z",
    ...fields,
  };
}

/** The API over this table; everything but the keys is in memory. */
function apiAt(now: string): (secret: string) => Promise<number> {
  const app = createApp({ ...createMemory().services, keys, now: () => new Date(now) });
  return async (secret) => (await app.request("/v1/calendars", { headers: { authorization: `Bearer ${secret}` } })).status;
}

describe("keys in the table", () => {
  test("are listed by age, all of them or one owner's, page by page, and found by their id", async () => {
    const all = ["a", "b", "c"].map((name, index) =>
      keyOf(`listed-${name}`, {
        ...(name === "a" ? {} : { scope: "owner", ownerId: `team-${name}` }),
        createdAt: `2026-05-06T01:00:0${index}.000Z`,
      }),
    );
    for (const key of all) await keys.putKey(key);
    const first = await keys.keys(undefined, { limit: 2, cursor: undefined });
    const second = await keys.keys(undefined, { limit: 2, cursor: first.cursor });
    expect([...first.items, ...second.items]).toEqual(all);
    expect(second.cursor).toBeUndefined();
    expect((await keys.keys("team-b", PAGE)).items).toEqual([all[1]]);
    expect((await keys.keys("team-x", PAGE)).items).toEqual([]);
    expect(await keys.keyById(hashSecret("listed-c").slice(0, 16))).toEqual(all[2]);
    expect(await keys.keyById("0000000000000000")).toBeUndefined();
  });

  test("a revoked key is refused at the next request, and stays as it was first revoked", async () => {
    const key = keyOf("to-be-revoked", { scope: "owner", ownerId: "team-r" });
    await keys.putKey(key);
    const ask = apiAt("2026-05-06T02:00:00.000Z");
    expect(await ask("to-be-revoked")).toBe(200);
    await keys.revokeKey(key.keyHash, "2026-05-06T02:00:01.000Z");
    expect(await ask("to-be-revoked")).toBe(401);
    await keys.revokeKey(key.keyHash, "2026-05-06T03:00:00.000Z");
    const [listed] = (await keys.keys("team-r", PAGE)).items;
    expect(listed).toMatchObject({ state: "revoked", revokedAt: "2026-05-06T02:00:01.000Z" });
  });

  test("an expired key is refused from its end on", async () => {
    await keys.putKey(keyOf("ends", { endsAt: "2026-05-06T03:00:00.000Z" }));
    expect(await apiAt("2026-05-06T02:59:59.999Z")("ends")).toBe(200);
    expect(await apiAt("2026-05-06T03:00:00.000Z")("ends")).toBe(401);
  });

  test("a use is written at most once an hour, however many come at once", async () => {
    await keys.putKey(keyOf("busy"));
    const usedAt = async (): Promise<string | undefined> => (await keys.key(hashSecret("busy")))?.lastUsedAt;
    await Promise.all(["00:00", "00:01", "00:02"].map(async (at) => await apiAt(`2026-05-06T02:${at}.000Z`)("busy")));
    const first = await usedAt();
    expect(first).toMatch(/^2026-05-06T02:00:0[012]/u);
    await apiAt("2026-05-06T02:59:00.000Z")("busy");
    expect(await usedAt()).toBe(first);
    await apiAt("2026-05-06T03:00:30.000Z")("busy");
    expect(await usedAt()).toBe("2026-05-06T03:00:30.000Z");
  });

  test("of two processes that read the same key at once, the second writes no use", async () => {
    const key = keyOf("shared");
    await keys.putKey(key);
    await keys.markKeyUsed(key, "2026-05-06T02:00:00.000Z", "2026-05-06T01:00:00.000Z");
    await keys.markKeyUsed(key, "2026-05-06T02:00:05.000Z", "2026-05-06T01:00:05.000Z");
    expect(await keys.key(key.keyHash)).toEqual({ ...key, lastUsedAt: "2026-05-06T02:00:00.000Z" });
    await keys.markKeyUsed(keyOf("never-stored"), "2026-05-06T02:00:00.000Z", "2026-05-06T01:00:00.000Z");
    expect(await keys.key(hashSecret("never-stored"))).toBeUndefined();
  });

  test("a key of an older release works, and its first use makes it listed and revocable", async () => {
    const old = keyOf("old");
    await table.put({ pk: `KEY#${old.keyHash}`, sk: "META", ...old });
    expect(await keys.keyById(old.keyHash.slice(0, 16))).toBeUndefined();
    expect(await apiAt("2026-05-06T02:00:00.000Z")("old")).toBe(200);
    expect(await keys.keyById(old.keyHash.slice(0, 16))).toMatchObject({ label: "old" });
    expect((await keys.keys(undefined, PAGE)).items.map(({ label }) => label)).toContain("old");
  });

  test("a request is answered though its use could not be written", async () => {
    await keys.putKey(keyOf("unmarked"));
    const memory = createMemory();
    const book = {
      key: async (keyHash: string) => await keys.key(keyHash),
      keyById: async (keyId: string) => await keys.keyById(keyId),
      markKeyUsed: () => Promise.reject(new Error("no room")),
    };
    const app = createApp({ ...memory.services, keys: { ...memory.services.keys, ...book } });
    const answer = await app.request("/v1/calendars", { headers: { authorization: "Bearer unmarked" } });
    expect([answer.status, memory.faults]).toEqual([200, [new Error("no room")]]);
  });
});
