import { describe, expect, test } from "vitest";

import { createApp } from "../../lib/api/app.ts";
import type { Hold } from "../../lib/contract/checkpoint.ts";
import { ADMIN_KEY, createMemory } from "./memory-services.ts";
import { heldCalendar } from "./held-calendar.ts";

const HEADERS = { authorization: `Bearer ${ADMIN_KEY}` };

type Answer = { readonly status: number; readonly body: unknown };

async function start(): Promise<{
  send: (method: string, path: string, body?: unknown) => Promise<Answer>;
  holds: Map<string, Hold>;
  calendarId: string;
  holdId: string;
}> {
  const memory = createMemory();
  const app = createApp(memory.services);
  const hold = await heldCalendar(memory);
  const send = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const payload = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await app.request(path, { method, headers: HEADERS, ...payload });
    const read: unknown = await response.json();
    return { status: response.status, body: read };
  };
  return { send, holds: memory.holds, calendarId: hold.calendarId, holdId: hold.holdId };
}

describe("holds over HTTP", () => {
  test("are listed by owner and shown with the events that would go", async () => {
    const { send, calendarId, holdId } = await start();
    expect(await send("GET", "/v1/holds")).toMatchObject({
      status: 200,
      body: { items: [{ holdId, calendarId, name: "Team" }] },
    });
    expect(await send("GET", "/v1/holds?owner=another")).toMatchObject({ body: { items: [] } });
    const shown = await send("GET", `/v1/calendars/${calendarId}/hold`);
    expect(shown).toMatchObject({ status: 200, body: { holdId, presentCount: 6, eventCount: 1, removedCount: 5 } });
    expect(JSON.stringify(shown.body)).toContain("Meeting 6");
  });

  test("are approved by their id, and then there is none", async () => {
    const { send, calendarId, holdId } = await start();
    const wrong = await send("POST", `/v1/calendars/${calendarId}/hold/approve`, { holdId: `${calendarId}.older` });
    expect(wrong).toMatchObject({
      status: 404,
      body: { code: "hold-unknown", seen: `"${calendarId}.older"`, wanted: `"${holdId}"` },
    });
    const right = await send("POST", `/v1/calendars/${calendarId}/hold/approve`, { holdId });
    expect(right).toMatchObject({ status: 200, body: { status: "imported", reason: "approve", deleted: 5 } });
    expect(await send("GET", `/v1/calendars/${calendarId}/hold`)).toMatchObject({ status: 404, body: { code: "hold-unknown" } });
    expect(await send("GET", `/v1/calendars/${calendarId}`)).toMatchObject({ body: { eventCount: 1, calendarVersion: 2 } });
  });

  test("are rejected by their id, and the last good copy stands", async () => {
    const { send, calendarId, holdId, holds } = await start();
    const answer = await send("POST", `/v1/calendars/${calendarId}/hold/reject`, { holdId });
    expect(answer).toMatchObject({ status: 200, body: { status: "unchanged", reason: "reject" } });
    expect(holds.size).toBe(0);
    expect(await send("GET", `/v1/calendars/${calendarId}`)).toMatchObject({ body: { eventCount: 6, calendarVersion: 1 } });
  });

  test("need an id: a body without one is refused", async () => {
    const { send, calendarId, holds } = await start();
    expect(await send("POST", `/v1/calendars/${calendarId}/hold/approve`, {})).toMatchObject({
      status: 400,
      body: { code: "body-invalid" },
    });
    expect(holds.size).toBe(1);
  });
});

test("versions are listed and brought back over HTTP", async () => {
  const { send, calendarId, holdId } = await start();
  await send("POST", `/v1/calendars/${calendarId}/hold/approve`, { holdId });
  expect(await send("GET", `/v1/calendars/${calendarId}/versions`)).toMatchObject({
    body: {
      items: [
        { calendarVersion: 2, eventCount: 1, isPresent: true },
        { calendarVersion: 1, eventCount: 6 },
      ],
    },
  });
  const rolled = await send("POST", `/v1/calendars/${calendarId}/rollback`, {});
  expect(rolled).toMatchObject({ status: 200, body: { reason: "rollback", created: 5, calendarVersion: 3 } });
  const unknown = await send("POST", `/v1/calendars/${calendarId}/rollback`, { toVersion: 77 });
  expect(unknown).toMatchObject({ status: 404, body: { code: "version-unknown", seen: "77", wanted: "one of 3, 2, 1" } });
  expect(await send("GET", "/v1/calendars/nobody/versions")).toMatchObject({ status: 404, body: { code: "calendar-unknown" } });
});
