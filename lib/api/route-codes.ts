/** Which codes a route can refuse with: its own, and those of what stands before it. */
import * as z from "zod";

import { namesOwner } from "./isolation.ts";
import { ownedParam, paramsIn } from "./path-params.ts";
import type { ProblemCode, Route } from "./route.ts";

export function codesOf(route: Route): ProblemCode[] {
  const { path, method, scope, query, headers, body, codes } = route;
  const isKeyed = scope !== "public";
  const isOwned = namesOwner(query, "owner") || (body !== undefined && "schema" in body && namesOwner(body.schema, "ownerId"));
  const all: readonly (readonly [boolean, ProblemCode])[] = [
    [isKeyed, "key-missing"],
    [isKeyed, "key-invalid"],
    [scope === "owner", "owner-suspended"],
    [scope === "admin" || (isKeyed && isOwned), "scope-insufficient"],
    [paramsIn(path).length > 0, "route-unknown"],
    [true, "query-invalid"],
    [headers !== undefined || takesIdempotencyKey(route), "header-invalid"],
    [takesIdempotencyKey(route), "idempotency-key-reused"],
    [takesIdempotencyKey(route), "idempotency-in-progress"],
    [takesIdempotencyKey(route), "idempotency-answer-lost"],
    [body !== undefined && "schema" in body, "body-invalid"],
    [isKeyed && method !== "GET", "body-too-large"],
    [true, "internal-error"],
    [true, "aws-unavailable"],
  ];
  const common = all.flatMap(([applies, code]) => (applies ? [code] : []));
  const named = [...paramsIn(path), ...fieldsOf(query), ...(body?.schema === undefined ? [] : fieldsOf(body.schema))];
  return [...new Set([...codes, ...named.flatMap((name) => ownedParam(name)?.code ?? []), ...common])];
}

/** Every POST that a key opens. */
export function takesIdempotencyKey({ method, scope }: Pick<Route, "method" | "scope">): boolean {
  return method === "POST" && scope !== "public";
}

function fieldsOf(schema: z.ZodType): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
