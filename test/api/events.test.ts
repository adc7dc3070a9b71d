import { describe, expect, test } from "vitest";

import { createApp } from "../../lib/api/app.ts";
import { pushOfAnn } from "./ann.ts";
import { ANN_KEY, createMemory } from "./memory-services.ts";

type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
};
type Send = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;

/** Asks for a push calendar of ann's; paths begin behind its address. */
async function start(): Promise<{ send: Send; version: () => number | undefined }> {
  const memory = createMemory();
  const calendarId = await pushOfAnn(memory);
  const app = createApp(memory.services);
  const send: Send = async (method, path, body, headers = {}) => {
    const payload = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const authorized = { authorization: `Bearer ${ANN_KEY}`, ...headers };
    const response = await app.request(`/v1/calendars/${calendarId}${path}`, { method, headers: authorized, ...payload });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("json") === true;
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} };
  };
  return { send, version: () => memory.checkpoints.get(calendarId)?.calendarVersion };
}

const EVENT = { summary: "Delivery", start: "2026-05-06T10:00:00", end: "2026-05-06T11:00:00", zone: "Europe/Lisbon" };

describe("an app's events", () => {
  test("one is made, read, changed under its ETag and deleted, whatever characters its UID has", async () => {
    const { send } = await start();
    for (const uid of ["order/8", "a b%20c", "ü?#&+=%2F", "x".repeat(200)]) {
      const path = `/events/${encodeURIComponent(uid)}`;
      const made = await send("PUT", path, EVENT, { "if-none-match": "*" });
      expect(made).toMatchObject({ status: 201, body: { uid, outcome: "created" } });
      const etag = String(made.headers.get("etag"));
      const shown = await send("GET", path);
      expect(shown).toMatchObject({ status: 200, body: { ...EVENT, uid, etag } });
      expect((await send("GET", path, undefined, { "if-none-match": etag })).status).toBe(304);
      const changed = await send("PUT", path, { ...EVENT, summary: "Late" }, { "if-match": etag });
      expect(changed).toMatchObject({ status: 200, body: { outcome: "updated" } });
      const stale = await send("DELETE", path, undefined, { "if-match": etag });
      expect(stale).toMatchObject({ status: 412, body: { code: "precondition-failed", etag: changed.headers.get("etag") } });
      expect(await send("DELETE", path)).toMatchObject({ status: 200, body: { uid, outcome: "deleted" } });
      expect(await send("GET", path)).toMatchObject({ status: 404, body: { code: "event-unknown" } });
    }
  });

  test("one comes as an iCalendar where that is asked for, and can be put back as it is", async () => {
    const { send, version } = await start();
    await send("PUT", "/events/order-9", EVENT);
    const { text, headers } = await send("GET", "/events/order-9", undefined, { accept: "text/calendar" });
    expect(headers.get("content-type")).toContain("text/calendar");
    expect(text).toContain("BEGIN:VTIMEZONE");
    const before = version();
    const media = { "content-type": "text/calendar; charset=utf-8" };
    expect(await send("PUT", "/events/order-9", text, media)).toMatchObject({ status: 200, body: { outcome: "unchanged" } });
    expect(version()).toBe(before);
    expect(await send("PUT", "/events/other", text, media)).toMatchObject({ status: 422, body: { code: "event-invalid" } });
  });

  test("a window is not sent again to who has it, and its ETag is good for a write of the whole", async () => {
    const { send } = await start();
    const window = "/events?from=2040-01-01&to=2041-01-01";
    const { headers, body } = await send("GET", window);
    const etag = String(headers.get("etag"));
    expect(body).toMatchObject({ kind: "occurrences", calendarVersion: 1, isPartial: false });
    expect(await send("GET", window, undefined, { "if-none-match": etag })).toMatchObject({ status: 304, text: "" });
    const operations = [{ op: "delete", uid: "e1@example.org" }];
    expect(await send("POST", "/events/batch", { operations }, { "if-match": etag })).toMatchObject({
      status: 200,
      body: { deleted: 1 },
    });
    expect(await send("POST", "/events/batch", { operations }, { "if-match": etag })).toMatchObject({
      status: 412,
      body: { etag: '"2"' },
    });
    expect((await send("GET", window, undefined, { "if-none-match": etag })).status).toBe(200);
  });

  test("a batch with one operation that cannot be done changes nothing and says which", async () => {
    const { send, version } = await start();
    const operations = [
      { op: "put", event: { uid: "new", start: "2026-05-06" } },
      { op: "delete", uid: "nobody" },
    ];
    const refused = await send("POST", "/events/batch", { operations });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: "batch-refused", operations: [{ index: 1, code: "event-unknown" }] },
    });
    expect(version()).toBe(1);
  });

  test.each([
    ["no start", { summary: "x" }],
    ["a start that is none", { start: "tomorrow" }],
    ["a UID with a comma", { uid: "a,b", start: "2026-05-06" }],
    ["a field that there is not", { start: "2026-05-06", colour: "red" }],
    ["a status that there is not", { start: "2026-05-06", status: "MAYBE" }],
  ])("with %s is refused by its schema", async (_title, body) => {
    const { send } = await start();
    expect(await send("PUT", "/events/one", body)).toMatchObject({ status: 400, body: { code: "body-invalid" } });
  });
});
