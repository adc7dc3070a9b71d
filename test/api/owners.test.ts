import { describe, expect, test } from "vitest";

import { createApp } from "../../lib/api/app.ts";
import { calendarOfAnn, feedOfAnn, letterOfAnn, pushOfAnn } from "./ann.ts";
import { ADMIN_KEY, ANN_KEY, BOB_KEY, createMemory } from "./memory-services.ts";
import type { Memory } from "./memory-services.ts";

type Answer = { readonly status: number; readonly body: Record<string, unknown> };
type Send = (method: string, path: string, key: string, body?: unknown) => Promise<Answer>;

function start(): Memory & { send: Send; later: (minutes: number) => void } {
  const memory = createMemory();
  let now = memory.services.now();
  const app = createApp({ ...memory.services, now: () => now });
  const send: Send = async (method, path, key, body) => {
    const payload = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await app.request(path, { method, headers: { authorization: `Bearer ${key}` }, ...payload });
    return { status: response.status, body: Object(await response.json()) };
  };
  return { ...memory, send, later: (minutes) => void (now = new Date(now.getTime() + minutes * 60_000)) };
}

describe("an owner suspended", () => {
  test("has its keys refused and its calendars stopped, and gets back what was stopped with it", async () => {
    const memory = start();
    const { send, calendars, checkpoints } = memory;
    const [running, stopped] = [await calendarOfAnn(memory), await calendarOfAnn(memory)];
    await send("POST", `/v1/calendars/${stopped}/pause`, ANN_KEY);
    const dry = await send("POST", "/v1/owners/ann/suspend", ADMIN_KEY, { dryRun: true });
    expect(dry.body).toMatchObject({
      dryRun: true,
      items: [
        { id: running, outcome: "would" },
        { id: stopped, outcome: "skipped" },
      ],
    });
    expect(calendars.get(running)?.state).toBe("active");
    const suspended = await send("POST", "/v1/owners/ann/suspend", ADMIN_KEY, {});
    expect(suspended.body).toMatchObject({ owner: { state: "suspended" }, items: [{ outcome: "done" }, { outcome: "skipped" }] });
    expect(calendars.get(running)).toMatchObject({ state: "paused", pausedBy: "owner" });
    expect(checkpoints.get(running)?.wheel).toBeUndefined();
    expect(await send("GET", "/v1/calendars", ANN_KEY)).toMatchObject({ status: 403, body: { code: "owner-suspended" } });
    expect((await send("GET", "/v1/calendars", BOB_KEY)).status).toBe(200);
    await send("POST", "/v1/owners/ann/resume", ADMIN_KEY, {});
    expect([calendars.get(running)?.state, calendars.get(stopped)?.state]).toEqual(["active", "paused"]);
    expect((await send("GET", "/v1/calendars", ANN_KEY)).status).toBe(200);
    expect((await send("GET", "/v1/owners/ann", ADMIN_KEY)).body).toEqual({ ownerId: "ann", state: "active" });
  });
});

describe("an owner erased", () => {
  test("part by part, with a wait for workers in between; its keys open nothing from the first part on", async () => {
    const memory = start();
    const { send, later, calendars, feeds, letters, keys, owners, objects } = memory;
    await pushOfAnn(memory);
    await feedOfAnn(memory);
    await letterOfAnn(memory);
    const erase = async (): Promise<Answer> => await send("POST", "/v1/owners/ann/erase", ADMIN_KEY, { confirm: "ann" });
    expect(await send("POST", "/v1/owners/ann/erase", ADMIN_KEY, {})).toMatchObject({
      status: 400,
      body: { code: "body-invalid" },
    });
    expect(calendars.size).toBe(3);
    const first = await erase();
    expect(first.body).toMatchObject({ state: "erasing", counts: { calendar: 3, feed: 1, key: 1 } });
    expect((await send("GET", "/v1/calendars", ANN_KEY)).body).toMatchObject({ code: "key-invalid" });
    let { body } = await erase();
    for (let parts = 0; parts < 20 && body["state"] !== "erased"; parts += 1) {
      if (body["state"] === "settling") later(16);
      ({ body } = await erase());
    }
    expect(body).toMatchObject({ state: "erased" });
    expect([calendars.size, feeds.size, letters.size, owners.size, objects.size]).toEqual([0, 0, 0, 0, 0]);
    expect([...keys.values()].some(({ ownerId }) => ownerId === "ann")).toBe(false);
    expect((await send("GET", "/v1/calendars", BOB_KEY)).status).toBe(200);
  });
});
