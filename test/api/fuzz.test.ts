import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import type { Hono } from "hono";

import { createApp } from "../../lib/api/app.ts";
import { codesOf } from "../../lib/api/route-codes.ts";
import { ROUTES } from "../../lib/api/routes.ts";
import { REFUSALS } from "../../lib/contract/code.ts";
import { routeOf } from "./answers.ts";
import { ADMIN_KEY, createMemory } from "./memory-services.ts";

const CODES: readonly string[] = REFUSALS;
const METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];
const PATHS = [...new Set(ROUTES.map(({ path }) => path)), "/v1/{nothing}"];

let app: Hono;
beforeEach(() => {
  app = createApp(createMemory().services);
});

/** What is wrong with the answer: a fault, an unknown code, words that are missing or too many; empty where nothing is. */
async function wrongWith(path: string, init: RequestInit): Promise<string> {
  const response = await app.request(path, { ...init, headers: { authorization: `Bearer ${ADMIN_KEY}` } });
  if (response.status >= 500) return `status ${response.status}`;
  if (response.status < 400 || init.method === "HEAD") return "";
  if (response.headers.get("content-type") !== "application/problem+json") return "no problem+json";
  const { code, detail, next } = Object(await response.json());
  if (!CODES.includes(code)) return `code ${code}`;
  const route = routeOf(init.method ?? "GET", path.replace(/\?.*$/u, ""));
  if (route !== undefined && !codesOf(route).includes(code)) return `${route.operationId} does not document ${code}`;
  return [detail, next].every((text) => typeof text === "string" && text.length > 0 && text.length < 500) ? "" : "odd words";
}

/** Near the real thing: right names, odd values. */
const draft = fc.record(
  {
    name: fc.oneof(fc.string({ unit: "binary" }), fc.jsonValue()),
    ownerId: fc.oneof(fc.string(), fc.constant("default")),
    source: fc.oneof(
      fc.jsonValue(),
      fc.record({ kind: fc.constantFrom("url", "push", "x"), url: fc.oneof(fc.webUrl(), fc.string()) }),
    ),
    members: fc.oneof(
      fc.jsonValue(),
      fc.array(fc.record({ calendarId: fc.string(), mask: fc.constantFrom("full", "busy", "x") })),
    ),
    intervalMinutes: fc.oneof(fc.integer(), fc.constantFrom(5, 60)),
    policy: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

test("any body gets an answer with a known code, never a fault", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("/v1/calendars", "/v1/feeds"), fc.oneof(draft, fc.jsonValue()), async (path, body) => {
      expect(await wrongWith(path, { method: "POST", body: JSON.stringify(body) })).toBe("");
    }),
    { numRuns: 300 },
  );
});

test("any bytes as events get an answer with a known code, never a fault", async () => {
  const created = await app.request("/v1/calendars", {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
    body: '{"source":{"kind":"push"}}',
  });
  const { calendarId } = Object(await created.json());
  const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Uint8Array.from(array));
  await fc.assert(
    fc.asyncProperty(bytes, async (body) => {
      expect(await wrongWith(`/v1/calendars/${calendarId}/events`, { method: "PUT", body })).toBe("");
    }),
    { numRuns: 100 },
  );
});

test("any method, id and query get an answer with a known code, never a fault", async () => {
  const id = fc.oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 900 }).map(encoded),
    fc.constantFrom("%E0%A4%A", "..", "%00", "a%2Fb"),
  );
  const query = fc.oneof(
    fc.constant(""),
    fc.webQueryParameters(),
    fc.string().map((text) => `cursor=${encoded(text)}&limit=2`),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...METHODS), fc.constantFrom(...PATHS), id, query, async (method, route, each, asked) => {
      expect(await wrongWith(`${route.replaceAll(/\{\w+\}/gu, () => each)}?${asked}`, { method })).toBe("");
    }),
    { numRuns: 300 },
  );
});

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
