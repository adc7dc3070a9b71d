import { describe, expect, test } from "vitest";

import { createApp } from "../../lib/api/app.ts";
import { feedOfAnn } from "./ann.ts";
import { ADMIN_KEY, createMemory } from "./memory-services.ts";
import type { Memory } from "./memory-services.ts";

type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
};

async function start(): Promise<{ memory: Memory; feedId: string; calendarId: string; send: Send }> {
  const memory = createMemory();
  const app = createApp(memory.services);
  const send: Send = async (method, path, body) => {
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, host: "cal.example" };
    const response = await app.request(`https://cal.example${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
  };
  return { memory, ...(await feedOfAnn(memory)), send };
}
type Send = (method: string, path: string, body?: object) => Promise<Answer>;

const secretIn = (text: string): string =>
  /\/f\/[a-z0-9]+\.(?<secret>[\w-]+)\.ics/u.exec(text)?.groups?.["secret"] ?? "no secret";

describe("a link made by the API", () => {
  test("shows its secret in that answer alone, which nobody may keep", async () => {
    const { feedId, send } = await start();
    const made = await send("POST", `/v1/feeds/${feedId}/links?qr=svg`, { label: "Ann's phone" });
    expect([made.status, made.headers.get("cache-control")]).toEqual([201, "no-store"]);
    const secret = secretIn(made.text);
    expect(secret).toMatch(/^[\w-]{32}$/u);
    expect(made.body["subscribe"]).toMatchObject({
      url: `https://cal.example/f/${feedId}.${secret}.ics`,
      webcal: `webcal://cal.example/f/${feedId}.${secret}.ics`,
      qrSvg: expect.stringMatching(/^<svg/u),
    });
    for (const path of [`/v1/feeds/${feedId}/links`, `/v1/feeds/${feedId}`, "/v1/feeds?owner=ann"]) {
      const shown = await send("GET", path);
      expect(shown.text).toContain("Ann's phone");
      expect(shown.text).not.toContain(secret);
    }
  });

  test("is rotated and revoked by its id; the answers say what became of it", async () => {
    const { feedId, send } = await start();
    const { body: made } = await send("POST", `/v1/feeds/${feedId}/links`, { label: "phone" });
    const path = `/v1/feeds/${feedId}/links/${String(made["linkId"])}`;
    const next = await send("POST", `${path}/rotate?graceDays=3`);
    expect([next.status, next.headers.get("cache-control")]).toEqual([201, "no-store"]);
    const { body: list } = await send("GET", `/v1/feeds/${feedId}/links`);
    expect(list["items"]).toHaveLength(3);
    expect(list["items"]).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ label: "first", state: "active" }),
        expect.objectContaining({
          linkId: made["linkId"],
          state: "grace",
          graceUntil: "2026-05-09T01:00:00.000Z",
          successor: next.body["linkId"],
        }),
        expect.objectContaining({ label: "phone", state: "active", linkId: next.body["linkId"] }),
      ]),
    );
    expect((await send("POST", `${path}/rotate`)).body).toMatchObject({ status: 409, code: "link-ended" });
    expect((await send("DELETE", path)).body).toMatchObject({ state: "revoked", revokedAt: "2026-05-06T01:00:00.000Z" });
    expect((await send("DELETE", `/v1/feeds/${feedId}/links/nobody`)).body).toMatchObject({ status: 404, code: "link-unknown" });
  });

  test.each([
    [{}, "body-invalid"],
    [{ label: " " }, "body-invalid"],
    [{ label: "x", expiresAt: "tomorrow" }, "body-invalid"],
    [{ label: "x", expiresAt: "2020-01-01T00:00:00Z" }, "body-invalid"],
    [{ label: "x", secret: "mine" }, "body-invalid"],
  ])("from %j is refused", async (body, code) => {
    const { feedId, send, memory } = await start();
    expect((await send("POST", `/v1/feeds/${feedId}/links`, body)).body).toMatchObject({ status: 400, code });
    expect(memory.links).toHaveLength(1);
  });
});

describe("a feed changed by the API", () => {
  test("keeps what is absent, loses what is null, refuses what it does not know", async () => {
    const { feedId, send } = await start();
    const path = `/v1/feeds/${feedId}`;
    const filters = { keywords: { exclude: ["private"] }, allDay: "drop" };
    expect((await send("PATCH", path, { color: "teal", filters, policy: { pastDays: 30 } })).body).toMatchObject({
      color: "teal",
      filters,
      policy: { class: "guard", pastDays: 30 },
    });
    const { body } = await send("PATCH", path, { color: null, policy: { pastDays: null } });
    expect(body).not.toHaveProperty("color");
    expect(body).toMatchObject({ filters, policy: { class: "guard", people: "drop", alarms: "drop" } });
    for (const wrong of [
      { nme: "x" },
      { filters: { keyword: {} } },
      { policy: { class: "open" } },
      { filters: { keywords: { include: [] } } },
    ])
      expect((await send("PATCH", path, wrong)).body).toMatchObject({ status: 400, code: "body-invalid" });
  });

  test("shows the filters of its members, and is gone once it is removed", async () => {
    const { feedId, calendarId, send, memory } = await start();
    const filters = { categories: { include: ["Home"] }, futureDays: 30 };
    const put = await send("PUT", `/v1/feeds/${feedId}/members/${calendarId}`, { mask: "busy", filters });
    expect(put.body["members"]).toEqual([{ calendarId, mask: "busy", position: 0, filters }]);
    expect((await send("DELETE", `/v1/feeds/${feedId}`)).body).toEqual({ feedId, state: "removed" });
    expect(memory.links).toEqual([]);
    for (const [method, path] of [
      ["GET", ""],
      ["GET", "/links"],
      ["GET", "/members"],
    ] as const)
      expect((await send(method, `/v1/feeds/${feedId}${path}`)).body).toMatchObject({ status: 404, code: "feed-unknown" });
    expect((await send("GET", "/v1/feeds?owner=ann")).body).toEqual({ items: [] });
  });
});
