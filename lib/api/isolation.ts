/** What keeps an owner's key to its owner's things: path, query and body are checked before a route runs. */
import * as z from "zod";

import { Refusal } from "../core/failure.ts";
import { shown } from "../core/refusals.ts";
import type { Caller } from "./caller.ts";
import { ownedParam } from "./path-params.ts";
import type { ApiServices } from "./services.ts";

/**
 * For the parameters of a path, and for what a query or the top of a body names by the same names. Throws what is thrown for a thing that
 * does not exist: a thing of another owner is none.
 */
export async function ownThings(named: unknown, services: ApiServices, caller: Caller): Promise<void> {
  if (caller.scope !== "owner" || typeof named !== "object" || named === null) return;
  for (const [name, id] of Object.entries(named)) {
    const param = typeof id === "string" ? ownedParam(name) : undefined;
    if (param !== undefined && (await param.ownerOf(id, services)) !== caller.ownerId) throw param.unknown(id);
  }
}

/** Whether the schema has a field that names the owner of what is asked for or made. */
export function namesOwner(schema: z.ZodType | undefined, field: "owner" | "ownerId"): boolean {
  return schema instanceof z.ZodObject && field in schema.shape;
}

/** With `owner` set to the caller's own where the query takes one. Throws `scope-insufficient` for another's. */
export function ownQuery(schema: z.ZodType, query: Readonly<Record<string, unknown>>, caller: Caller): unknown {
  return namesOwner(schema, "owner") ? owned(query, "owner", caller) : query;
}

/** With `ownerId` set to the caller's own where the body takes one. Throws `scope-insufficient` for another's. */
export function ownBody(schema: z.ZodType, body: unknown, caller: Caller): unknown {
  const isObject = typeof body === "object" && body !== null && !Array.isArray(body);
  return isObject && namesOwner(schema, "ownerId") ? owned(body, "ownerId", caller) : body;
}

function owned(fields: object, name: "owner" | "ownerId", caller: Caller): unknown {
  if (caller.scope !== "owner") return fields;
  const asked: unknown = Reflect.get(fields, name);
  if (asked === undefined) return { ...fields, [name]: caller.ownerId };
  if (asked === caller.ownerId) return fields;
  const [seen, wanted] = [typeof asked === "string" ? shown(asked) : "no name", shown(caller.ownerId)];
  const next = `leave ${name} out, or use a key of that owner`;
  throw new Refusal("scope-insufficient", `${name} is ${seen}, wanted ${wanted}, the owner of this key`, next, {
    details: { seen, wanted },
  });
}

/** Throws `scope-insufficient` for an owner's key on a route of operators. */
export function requireScope(scope: "owner" | "admin", caller: Caller): void {
  if (scope === "owner" || caller.scope === "admin") return;
  const next = "use an admin key; one is made with: calferry key create";
  throw new Refusal("scope-insufficient", "the key is of scope owner, wanted one of scope admin", next);
}
