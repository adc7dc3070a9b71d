/** Whether an answer is one that its route documents. */
import { isDeepStrictEqual } from "node:util";

import { Problem } from "../../lib/contract/problem.ts";
import { codesOf } from "../../lib/api/route-codes.ts";
import type { Route } from "../../lib/api/route.ts";
import { ROUTES } from "../../lib/api/routes.ts";

/** The route of this method and path; undefined where there is none. */
export function routeOf(method: string, path: string): Route | undefined {
  const wanted = method === "HEAD" ? "GET" : method;
  const fits = ROUTES.filter((route) => route.method === wanted && pattern(route.path).test(path));
  return fits.toSorted((one, other) => one.path.split("{").length - other.path.split("{").length)[0];
}

/** What is wrong with the answer; empty where nothing is. */
export function wrongWith(route: Route, status: number, headers: Headers, text: string): string {
  const answer = route.answers[status];
  if (answer === undefined) return status < 400 ? `status ${status} is not documented` : wrongProblem(route, headers, text);
  for (const name of Object.keys(answer.headers ?? {})) if (!headers.has(name)) return `no header ${name}`;
  if (answer.schema === undefined) return "";
  const body: unknown = JSON.parse(text);
  const parsed = answer.schema.safeParse(body);
  if (!parsed.success) return `not its schema: ${parsed.error.message}`;
  return isDeepStrictEqual(parsed.data, body) ? "" : `more or less than its schema: ${text}`;
}

function wrongProblem(route: Route, headers: Headers, text: string): string {
  if (headers.get("content-type") !== "application/problem+json") return "no problem+json";
  const body: unknown = JSON.parse(text);
  const parsed = Problem.safeParse(body);
  if (!parsed.success || !isDeepStrictEqual(parsed.data, body)) return `more or less than a problem: ${text}`;
  const { code } = parsed.data;
  const codes: readonly string[] = codesOf(route);
  return codes.includes(code) ? "" : `code ${code} is not documented`;
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/gu, "[^/]+")}$`, "u");
}
