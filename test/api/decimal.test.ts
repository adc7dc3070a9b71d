import { describe, expect, test } from "vitest";

import { createApp } from "../../lib/api/app.ts";
import { calendarOfAnn } from "./ann.ts";
import { ADMIN_KEY, createMemory } from "./memory-services.ts";

/** What JavaScript reads as a number and nobody writes as one. */
const STRANGE = ["0x10", "1e1", "%205", "5%20", "05", "+5", "5.0", "", "0b1", "Infinity", "９"];

describe("a number of a query", () => {
  test("is taken in decimal digits alone, on every route that has one", async () => {
    const memory = createMemory();
    const app = createApp(memory.services);
    const calendarId = await calendarOfAnn(memory);
    const ask = async (path: string): Promise<{ status: number; code: unknown }> => {
      const response = await app.request(path, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
      const body: unknown = await response.json();
      return {
        status: response.status,
        code: typeof body === "object" && body !== null && "code" in body ? body.code : undefined,
      };
    };
    const document: unknown = await (await app.request("/v1/openapi.json")).json();
    const { paths } = Object(document);
    const asked: string[] = [];
    for (const [path, { get }] of Object.entries<Record<string, Record<string, unknown>>>(paths)) {
      const parameters: readonly { name: string; in: string; schema: { type?: string } }[] = Object(get)["parameters"] ?? [];
      for (const { name } of parameters.filter((one) => one.in === "query" && one.schema.type === "integer")) {
        const filled = path.replace("{calendarId}", calendarId).replaceAll(/\{\w+\}/gu, "none");
        const others = name !== "from" && path.endsWith("/changes") ? "&from=0" : "";
        for (const value of STRANGE) {
          const seen = await ask(`${filled}?${name}=${value}${others}`);
          expect({ path, name, value, ...seen }).toEqual({ path, name, value, status: 400, code: "query-invalid" });
        }
        expect((await ask(`${filled}?${name}=5${others}`)).code).not.toBe("query-invalid");
        asked.push(`${path}?${name}`);
      }
    }
    expect(asked).toContain("/v1/calendars?limit");
    expect(asked).toContain("/v1/calendars/{calendarId}/changes?from");
    expect(asked.length).toBeGreaterThan(8);
  });
});
