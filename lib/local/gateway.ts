/** API Gateway's HTTP API: maps requests to the routes' functions as payload 2.0, and answers back. */
import { randomUUID } from "node:crypto";

import * as z from "zod";

import { ACCOUNT } from "./arn.ts";
import type { LambdaFunction } from "./lambda-function.ts";
import type { Plan } from "./resources.ts";

/** Lambda takes and gives at most 6 MB. */
const PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024;

const Answer = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({}),
  cookies: z.array(z.string()).default([]),
  body: z.string().default(""),
  isBase64Encoded: z.boolean().default(false),
});

/** Answers 404 where no route matches. */
export type Gateway = (request: Request) => Promise<Response>;

/** A whole path goes before a greedy one, a route with a fixed method before ANY. */
export function createGateway(plan: Plan, functions: ReadonlyMap<string, LambdaFunction>): Gateway {
  const rank = (key: string): number => (key.includes("+}") ? 2 : 0) + (key.startsWith("ANY ") ? 1 : 0);
  const routes = plan.routes
    .toSorted((one, other) => rank(one.routeKey) - rank(other.routeKey))
    .map(({ routeKey, functionName }) => {
      const [method = "", path = ""] = routeKey.split(" ");
      const pathname = path.replaceAll(/\{(\w+)(\+?)\}/gu, ":$1$2");
      return { routeKey, functionName, method, pattern: new URLPattern({ pathname }) };
    });
  return async (request) => {
    const { pathname } = new URL(request.url);
    for (const { method, pattern, routeKey, functionName } of routes) {
      const groups = pattern.exec({ pathname })?.pathname.groups;
      if (groups === undefined || (method !== "ANY" && method !== request.method)) continue;
      const event = JSON.stringify(await eventOf(request, routeKey, groups));
      if (Buffer.byteLength(event) > PAYLOAD_LIMIT_BYTES) return said(413, "Request Entity Too Large");
      const outcome = await functions.get(functionName)?.invoke(event);
      return outcome !== undefined && "payload" in outcome ? replyOf(outcome.payload) : said(500, "Internal Server Error");
    }
    return said(404, "Not Found");
  };
}

export function said(status: number, message: string): Response {
  return Response.json({ message }, { status });
}

async function eventOf(
  request: Request,
  routeKey: string,
  parameters: Readonly<Record<string, string | undefined>>,
): Promise<object> {
  const { method } = request;
  const { pathname, search, searchParams: query, host, port } = new URL(request.url);
  const headers = Object.fromEntries(request.headers);
  const body = Buffer.from(await request.arrayBuffer());
  const isText = /^text\/|json|xml|x-www-form-urlencoded/u.test(headers["content-type"] ?? "");
  const values = [...new Set(query.keys())].map((name) => [name, query.getAll(name).join(",")]);
  const now = new Date();
  return {
    version: "2.0",
    routeKey,
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: { ...headers, "x-forwarded-proto": "http", "x-forwarded-port": port },
    ...(values.length === 0 ? {} : { queryStringParameters: Object.fromEntries(values) }),
    pathParameters: Object.fromEntries(Object.entries(parameters).map(([name, value = ""]) => [name, decodeURIComponent(value)])),
    requestContext: {
      accountId: ACCOUNT,
      apiId: "local",
      domainName: host,
      domainPrefix: "local",
      http: { method, path: pathname, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: headers["user-agent"] ?? "" },
      requestId: randomUUID(),
      routeKey,
      stage: "$default",
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** An answer without a status is the body itself, as in payload 2.0. */
function replyOf(payload: string): Response {
  if (Buffer.byteLength(payload) > PAYLOAD_LIMIT_BYTES) return said(500, "Internal Server Error");
  const { data: answer } = Answer.safeParse(JSON.parse(payload));
  if (answer === undefined) return new Response(payload, { headers: { "content-type": "application/json" } });
  const { statusCode: status, headers, cookies, isBase64Encoded } = answer;
  const body = Buffer.from(answer.body, isBase64Encoded ? "base64" : "utf8");
  return new Response(body.length === 0 ? null : body, {
    status,
    headers: [...Object.entries(headers), ...cookies.map((cookie): [string, string] => ["set-cookie", cookie])],
  });
}
