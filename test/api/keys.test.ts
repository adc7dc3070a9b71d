import { describe, expect, test } from "vitest";

import { createApp } from "../../lib/api/app.ts";
import { ADMIN_KEY, ANN_KEY, BOB_KEY, createMemory } from "./memory-services.ts";
import type { Memory } from "./memory-services.ts";

type Send = (
  method: string,
  path: string,
  key: string,
  body?: unknown,
) => Promise<{ status: number; body: Record<string, unknown> }>;

function start(): Memory & { send: Send; at: (now: string) => void } {
  const memory = createMemory();
  let [made, now] = [0, memory.services.now()];
  const services = {
    ...memory.services,
    now: () => now,
    randomBytes: (size: number) => new Uint8Array(size).fill((made += 1)),
  };
  const app = createApp(services);
  const send: Send = async (method, path, key, body) => {
    const payload = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await app.request(path, { method, headers: { authorization: `Bearer ${key}` }, ...payload });
    return { status: response.status, body: Object(await response.json()) };
  };
  return { ...memory, services, send, at: (instant) => void (now = new Date(instant)) };
}

describe("keys over HTTP", () => {
  test("an operator makes a key for an owner: it is shown once and reaches that owner alone", async () => {
    const { send, keys } = start();
    const made = await send("POST", "/v1/keys", ADMIN_KEY, { label: "app of carl", ownerId: "carl" });
    expect(made).toMatchObject({ status: 201, body: { scope: "owner", ownerId: "carl", state: "active", label: "app of carl" } });
    const { key, keyId } = made.body;
    expect(key).toMatch(/^cf_[\w-]{32}$/u);
    const shown = await send("GET", `/v1/keys/${String(keyId)}`, ADMIN_KEY);
    expect(JSON.stringify([shown.body, [...keys]])).not.toContain(key);
    const calendar = await send("POST", "/v1/calendars", String(key), { source: { kind: "push" } });
    expect(calendar).toMatchObject({ status: 201, body: { ownerId: "carl" } });
    expect(await send("GET", `/v1/calendars/${String(calendar.body["calendarId"])}`, BOB_KEY)).toMatchObject({ status: 404 });
  });

  test("an owner's key sees, makes and revokes keys of its owner, and never an operator's", async () => {
    const { send } = start();
    expect(await send("POST", "/v1/keys", ANN_KEY, { label: "phone" })).toMatchObject({ status: 201, body: { ownerId: "ann" } });
    const { items } = (await send("GET", "/v1/keys", ANN_KEY)).body;
    expect(items).toMatchObject([{ ownerId: "ann" }, { ownerId: "ann", label: "phone" }]);
    const everybody = (await send("GET", "/v1/keys", ADMIN_KEY)).body["items"];
    const admin = Array.isArray(everybody) ? everybody.find(({ scope }) => scope === "admin") : undefined;
    expect(await send("GET", `/v1/keys/${admin.keyId}`, ANN_KEY)).toMatchObject({ status: 404, body: { code: "key-unknown" } });
    expect(await send("DELETE", `/v1/keys/${admin.keyId}`, ANN_KEY)).toMatchObject({ status: 404 });
    expect(await send("POST", "/v1/keys", ANN_KEY, { label: "x", scope: "admin" })).toMatchObject({
      status: 400,
      body: { code: "body-invalid" },
    });
  });

  test("a key that was revoked is refused at the next request, one that expires from its end on", async () => {
    const { send, at } = start();
    const short = (await send("POST", "/v1/keys", ADMIN_KEY, { label: "short", expiresAt: "2026-05-06T02:00:00Z" })).body;
    const revoked = (await send("POST", "/v1/keys", ADMIN_KEY, { label: "lost" })).body;
    expect(await send("GET", "/v1/calendars", String(revoked["key"]))).toMatchObject({ status: 200 });
    expect(await send("DELETE", `/v1/keys/${String(revoked["keyId"])}`, ADMIN_KEY)).toMatchObject({ body: { state: "revoked" } });
    expect(await send("GET", "/v1/calendars", String(revoked["key"]))).toMatchObject({
      status: 401,
      body: { code: "key-invalid" },
    });
    at("2026-05-06T01:59:59.000Z");
    expect(await send("GET", "/v1/calendars", String(short["key"]))).toMatchObject({ status: 200 });
    at("2026-05-06T02:00:00.000Z");
    expect(await send("GET", "/v1/calendars", String(short["key"]))).toMatchObject({
      status: 401,
      body: { code: "key-invalid" },
    });
    expect(await send("GET", `/v1/keys/${String(short["keyId"])}`, ADMIN_KEY)).toMatchObject({ body: { state: "expired" } });
  });

  test("a key without a label, or with an end that is past, is not made", async () => {
    const { send, keys } = start();
    const before = keys.size;
    expect(await send("POST", "/v1/keys", ADMIN_KEY, {})).toMatchObject({ status: 400, body: { code: "body-invalid" } });
    const past = await send("POST", "/v1/keys", ADMIN_KEY, { label: "x", expiresAt: "2026-05-06T01:00:00Z" });
    expect(past).toMatchObject({
      status: 400,
      body: { code: "body-invalid", wanted: "an instant after 2026-05-06T01:00:00.000Z" },
    });
    expect(keys.size).toBe(before);
  });
});
