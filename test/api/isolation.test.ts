import { isDeepStrictEqual } from "node:util";

import { describe, expect, test } from "vitest";

import { createApp } from "../../lib/api/app.ts";
import { namesOwner } from "../../lib/api/isolation.ts";
import { ownedParams, paramsIn, PATH_PARAMS } from "../../lib/api/path-params.ts";
import type { Route } from "../../lib/api/route.ts";
import { ROUTES } from "../../lib/api/routes.ts";
import { SECRET_OF_ANN } from "./ann.ts";
import { wrongWith } from "./answers.ts";
import { ADMIN_KEY, ANN_KEY, BOB_KEY, createMemory } from "./memory-services.ts";
import type { Memory } from "./memory-services.ts";
import type { ExampleRequest } from "./route-example.ts";
import { EXAMPLES } from "./route-examples.ts";

const PARAMS: Readonly<Record<string, object>> = PATH_PARAMS;

type Asked = { readonly status: number; readonly text: string; readonly wrong: string; readonly code: unknown };

async function prepare(route: Route): Promise<{ memory: Memory; request: ExampleRequest }> {
  const memory = createMemory();
  const example = EXAMPLES.find(({ operationId }) => operationId === route.operationId);
  if (example === undefined) throw new Error(`no example of ${route.operationId} in test/api/route-examples.ts`);
  return { memory, request: await example.prepare(memory) };
}

async function ask(route: Route, { services }: Memory, request: ExampleRequest, key: string | undefined): Promise<Asked> {
  const { params = {}, query = "", headers = {}, body } = request;
  const path = route.path.replaceAll(/\{(\w+)\}/gu, (_all, name: string) => encodeURIComponent(params[name] ?? "missing"));
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const payload = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const init = { method: route.method, headers: { ...headers, ...authorization }, ...payload };
  const response = await createApp(services).request(query === "" ? path : `${path}?${query}`, init);
  const text = await response.text();
  const isProblem = response.headers.get("content-type") === "application/problem+json";
  const wrong = wrongWith(route, response.status, response.headers, text);
  return { status: response.status, text, wrong, code: isProblem ? Object(JSON.parse(text)).code : undefined };
}

/** Everything that is stored and sent, but for when a key was last used. */
function contentOf({ services: _ports, ...stores }: Memory): Record<string, unknown> {
  const keys = [...stores.keys].map(([hash, { lastUsedAt: _mark, ...key }]) => [hash, key] as const);
  return structuredClone({ ...stores, keys: new Map(keys) });
}

/** Names of stores of which something that was there is changed or gone, and of those that have more. */
function difference(before: Record<string, unknown>, memory: Memory): { readonly changed: string[]; readonly grown: string[] } {
  const [changed, grown] = [new Array<string>(), new Array<string>()];
  for (const [name, now] of Object.entries(contentOf(memory))) {
    const [was, is] = [entriesOf(before[name]), entriesOf(now)];
    const isKept = [...was].every(([key, value]) => isDeepStrictEqual(is.get(key), value));
    if (!isKept) changed.push(name);
    else if (is.size > was.size) grown.push(name);
  }
  return { changed, grown };
}

function entriesOf(store: unknown): ReadonlyMap<unknown, unknown> {
  if (store instanceof Map) return store;
  return new Map<unknown, unknown>(Object.entries(Object(store)));
}

/** Whether the body names a calendar or feed of ann's. */
function namesAnns({ body = "" }: ExampleRequest, { calendars, feeds }: Memory): boolean {
  const hers = [...calendars, ...feeds].filter(([, { ownerId }]) => ownerId === "ann");
  return hers.some(([id]) => JSON.stringify(body).includes(`"${id}"`));
}

const NOTHING = { changed: [], grown: [] };

function ownerField(route: Route): "query" | "body" | undefined {
  if (namesOwner(route.query, "owner")) return "query";
  return route.body !== undefined && "schema" in route.body && namesOwner(route.body.schema, "ownerId") ? "body" : undefined;
}

const named = ROUTES.map((route) => [route.operationId, route] as const);
const keyed = named.filter(([, { scope }]) => scope !== "public");

describe("the table of routes", () => {
  test("has each operation once, each with an example, and no example besides", () => {
    const ids = ROUTES.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(EXAMPLES.map(({ operationId }) => operationId).toSorted()).toEqual(ids.toSorted());
    expect(new Set(ROUTES.map(({ method, path }) => `${method} ${path}`)).size).toBe(ids.length);
  });

  test("says of each route for owners why no key reaches another's things: by path, query, body, or in words", () => {
    const unsaid = ROUTES.filter((route) => {
      const isOwned = ownedParams(route.path).length > 0 || ownerField(route) !== undefined;
      return route.scope === "owner" && !isOwned && (route.isolation ?? "").length < 20;
    });
    expect(unsaid.map(({ operationId }) => operationId)).toEqual([]);
  });

  test("names a thing that is found below another after that one", () => {
    const lost = ROUTES.filter(({ path }) => {
      const names = paramsIn(path);
      return names.some((name, index) => {
        const { below = name } = Object(PARAMS[name]);
        return !names.slice(0, index + 1).includes(below);
      });
    });
    expect(lost.map(({ path }) => path)).toEqual([]);
  });
});

describe("an owner's own key, or an operator's", () => {
  test.each(named)("%s gives an answer that the OpenAPI text describes", async (_id, route) => {
    const { memory, request } = await prepare(route);
    const answer = await ask(route, memory, request, route.scope === "admin" ? ADMIN_KEY : ANN_KEY);
    expect(answer).toMatchObject({ wrong: "", code: undefined });
    expect(answer.status).toBeLessThan(400);
    expect(memory.faults).toEqual([]);
  });
});

describe("no key, a wrong key", () => {
  test.each(keyed)("%s shows nothing and changes nothing", async (_id, route) => {
    const { memory, request } = await prepare(route);
    const before = contentOf(memory);
    for (const key of [undefined, "nobodys-key"]) {
      const answer = await ask(route, memory, request, key);
      expect(answer).toMatchObject({ status: 401, wrong: "", code: key === undefined ? "key-missing" : "key-invalid" });
      expect(answer.text).not.toContain(SECRET_OF_ANN);
    }
    expect(difference(before, memory)).toEqual(NOTHING);
  });
});

describe("the key of another owner", () => {
  const operators = keyed.filter(([, { scope }]) => scope === "admin");
  const owned = keyed.filter(([, { scope, path }]) => scope === "owner" && ownedParams(path).length > 0);
  const others = keyed.filter(([, { scope, path }]) => scope === "owner" && ownedParams(path).length === 0);

  test.each(operators)("%s is for operators alone", async (_id, route) => {
    const { memory, request } = await prepare(route);
    const before = contentOf(memory);
    const answer = await ask(route, memory, request, BOB_KEY);
    expect(answer).toMatchObject({ status: 403, code: "scope-insufficient", wrong: "" });
    expect(difference(before, memory)).toEqual(NOTHING);
  });

  test.each(owned)("%s answers as if there were no such thing, and changes nothing", async (_id, route) => {
    const { memory, request } = await prepare(route);
    const before = contentOf(memory);
    const answer = await ask(route, memory, request, BOB_KEY);
    expect(answer).toMatchObject({ status: 404, code: ownedParams(route.path)[0]?.code, wrong: "" });
    expect(answer.text).not.toContain(SECRET_OF_ANN);
    expect(difference(before, memory)).toEqual(NOTHING);
  });

  test.each(others)("%s shows nothing of ann's and changes nothing of hers", async (_id, route) => {
    const { memory, request } = await prepare(route);
    const before = contentOf(memory);
    const answer = await ask(route, memory, request, BOB_KEY);
    expect(answer.wrong).toBe("");
    expect(namesAnns(request, memory) && answer.status !== 404 ? answer : undefined).toBeUndefined();
    expect(answer.text).not.toContain(SECRET_OF_ANN);
    const { changed, grown } = difference(before, memory);
    expect(changed).toEqual([]);
    expect(answer.status < 400 ? [] : grown).toEqual([]);
  });

  test.each(keyed.filter(([, route]) => ownerField(route) !== undefined))("%s refuses to speak for ann", async (_id, route) => {
    const { memory, request } = await prepare(route);
    const before = contentOf(memory);
    const { query = "", body } = request;
    const forAnn =
      ownerField(route) === "query"
        ? { ...request, query: `${query}${query === "" ? "" : "&"}owner=ann` }
        : { ...request, body: { ...(typeof body === "object" ? body : {}), ownerId: "ann" } };
    expect(await ask(route, memory, forAnn, BOB_KEY)).toMatchObject({ status: 403, wrong: "", code: "scope-insufficient" });
    expect(difference(before, memory)).toEqual(NOTHING);
    const own = await ask(route, memory, forAnn, ANN_KEY);
    expect(own.status).toBeLessThan(400);
  });
});

test("what bob makes is bob's", async () => {
  const memory = createMemory();
  const create = ROUTES.find(({ operationId }) => operationId === "createCalendar");
  if (create === undefined) throw new Error("no createCalendar");
  await ask(create, memory, { body: { source: { kind: "push" } } }, BOB_KEY);
  expect([...memory.calendars.values()].map(({ ownerId }) => ownerId)).toEqual(["bob"]);
});
