import { beforeAll, describe, expect, test } from "vitest";

import { createApp } from "../../lib/api/app.ts";
import { ROUTES } from "../../lib/api/routes.ts";
import { codesOf } from "../../lib/api/route-codes.ts";
import { createMemory } from "./memory-services.ts";

type Operation = {
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly responses: object;
};

let document: Record<string, unknown> = {};
let page = "";
const operations = new Map<string, Operation & { readonly path: string }>();

beforeAll(async () => {
  const app = createApp(createMemory().services);
  document = Object(await (await app.request("/v1/openapi.json")).json());
  page = await (await app.request("/v1/docs")).text();
  for (const [path, item] of Object.entries(Object(document["paths"])))
    for (const operation of Object.values(Object(item)))
      operations.set(Object(operation).operationId, { path, ...Object(operation) });
});

function everyValue(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value.flatMap((each) => everyValue(each, name));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => (key === name ? [each] : everyValue(each, name)));
}

describe("the OpenAPI text", () => {
  test("needs no key and has each route under its id, with its path parameters", () => {
    expect(document["openapi"]).toBe("3.1.0");
    expect([...operations.keys()].toSorted()).toEqual(ROUTES.map(({ operationId }) => operationId).toSorted());
    for (const { path, parameters = [] } of operations.values()) {
      const wanted = [...path.matchAll(/\{(\w+)\}/gu)].map((match) => match[1]);
      expect(parameters.filter((each) => each.in === "path" && each.required === true).map(({ name }) => name)).toEqual(wanted);
    }
  });

  test("has no reference to nothing", () => {
    const names = new Set(
      Object.keys(Object(Object(document["components"]).schemas)).map((name) => `#/components/schemas/${name}`),
    );
    const references = everyValue(document, "$ref").map(String);
    expect(references.length).toBeGreaterThan(20);
    expect(references.filter((reference) => !names.has(reference))).toEqual([]);
  });

  test("asks for a key but where none is needed", () => {
    expect(document["security"]).toEqual([{ key: [] }]);
    const open = [...operations.values()].filter(({ security }) => security?.length === 0).map(({ operationId }) => operationId);
    expect(open.toSorted()).toEqual(
      ROUTES.filter(({ scope }) => scope === "public")
        .map(({ operationId }) => operationId)
        .toSorted(),
    );
  });

  test("names for each operation the codes it may refuse with, as problem+json", () => {
    for (const route of ROUTES) {
      const refused = everyValue(operations.get(route.operationId)?.responses, "application/problem+json");
      expect(new Set(everyValue(refused, "enum").flat())).toEqual(new Set(codesOf(route)));
    }
  });

  test("says nothing of what a new field would break: an answer may grow, a request may not", () => {
    const answers = [...operations.values()].flatMap(({ responses }) => Object.values(responses));
    expect(everyValue(answers, "additionalProperties")).not.toContain(false);
    const bodies = everyValue(document["paths"], "requestBody");
    expect(everyValue(bodies, "additionalProperties")).toContain(false);
  });
});

test("the example of a body is one that its route takes", () => {
  const examples = ROUTES.flatMap(({ body }) => (body !== undefined && "example" in body ? [body] : []));
  expect(examples.length).toBeGreaterThan(3);
  expect(examples.map(({ schema, example }) => schema.safeParse(example).error)).toEqual(examples.map(() => undefined));
});

test("patterns of the OpenAPI text are read by other languages' engines", () => {
  const patterns = everyValue(document, "pattern").map(String);
  expect(patterns.length).toBeGreaterThan(5);
  for (const pattern of patterns) {
    expect(pattern).not.toMatch(/\\p\{/iu);
    expect(() => new RegExp(pattern, "u")).not.toThrow();
  }
});

describe("the page", () => {
  test("has an anchor, a heading and a curl line for each operation", () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/gu)].map((match) => String(match[1]));
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operationId, path } of operations.values()) {
      expect(ids).toContain(operationId);
      expect(page).toContain(`href="#${operationId}"`);
      expect(page).toContain(`aria-label="${operationId}: curl"`);
      expect(page).toContain(`&quot;$BASE${path}`);
    }
    const targets = [...page.matchAll(/href="#([^"]+)"/gu)].map((match) => String(match[1]));
    expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
  });

  test("needs no script and nothing from elsewhere", async () => {
    expect(page).not.toMatch(/<script|<link|<img|src=|@import|url\(/u);
    expect(page.match(/href="(?!#|\/v1\/openapi\.json)[^"]*"/gu)).toBeNull();
    const { headers } = await createApp(createMemory().services).request("/v1/docs");
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  });

  test("can be read aloud and walked by keyboard", () => {
    expect(page).toContain('<html lang="en">');
    expect(page).toMatch(/<a class="skip" href="#main">/u);
    expect(page).toContain('<nav aria-label="Operations">');
    expect(page.match(/<pre(?! tabindex="0" role="group" aria-label="[^"]+")/gu)).toBeNull();
    expect(page.match(/<h1/gu)).toHaveLength(1);
    const levels = [...page.slice(page.indexOf("<main")).matchAll(/<h([1-6])/gu)].map((match) => Number(match[1]));
    expect(levels.filter((level, index) => level > (levels[index - 1] ?? 1) + 1)).toEqual([]);
    expect(page.match(/<table>(?!\s*<caption>)/gu)).toBeNull();
  });
});
