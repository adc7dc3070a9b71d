/** API Gateway's HTTP API: maps requests to the routes' functions as payload 2.0, and answers back. */
import * as z from "zod";

import type { LambdaFunction } from "./lambda-function.ts";
import type { Plan } from "./resources.ts";

/** Lambda takes and gives at most 6 MB. */
const PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024;

const Answer = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.coerce.string()).default({}),
  body: z.string().default(""),
  isBase64Encoded: z.boolean().default(false),
});

export type Gateway = (request: Request) => Promise<Response>;

/** Answers 404 where no route matches. */
export function createGateway(plan: Plan, functions: ReadonlyMap<string, LambdaFunction>): Gateway {
  // A whole path goes before a greedy one, a route with a fixed method before ANY.
  const rank = (key: string): number => (key.includes("+}") ? 2 : 0) + (key.startsWith("ANY ") ? 1 : 0);
  const routes = plan.routes
    .toSorted((one, other) => rank(one.routeKey) - rank(other.routeKey))
    .map(({ routeKey, functionName }) => {
      const [method = "", path = ""] = routeKey.split(" ");
      const pattern = new URLPattern({ pathname: path.replaceAll(/\{(\w+)(\+?)\}/gu, ":$1$2") });
      return { routeKey, functionName, method, pattern };
    });
  return async (request) => {
    const { pathname } = new URL(request.url);
    for (const { method, pattern, routeKey, functionName } of routes) {
      const groups = pattern.exec({ pathname })?.pathname.groups;
      if (groups === undefined || (method !== "ANY" && method !== request.method)) continue;
      const event = await eventOf(request, routeKey, groups);
      if (Buffer.byteLength(event) > PAYLOAD_LIMIT_BYTES)
        return Response.json({ message: "Request Entity Too Large" }, { status: 413 });
      const outcome = await functions.get(functionName)?.invoke(event);
      if (outcome !== undefined && "payload" in outcome && Buffer.byteLength(outcome.payload) <= PAYLOAD_LIMIT_BYTES) {
        return replyOf(outcome.payload);
      }
      return Response.json({ message: "Internal Server Error" }, { status: 500 });
    }
    return Response.json({ message: "Not Found" }, { status: 404 });
  };
}

async function eventOf(
  request: Request,
  routeKey: string,
  groups: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const { pathname, search, searchParams: query, host, port } = new URL(request.url);
  const headers = Object.fromEntries(request.headers);
  const body = Buffer.from(await request.arrayBuffer());
  const isText = /^text\/|json|xml|x-www-form-urlencoded/u.test(headers["content-type"] ?? "");
  const path = Object.entries(groups).map(([name, value = ""]) => [name, decodeURIComponent(value)]);
  const values = [...new Set(query.keys())].map((name) => [name, query.getAll(name).join(",")]);
  const http = { method: request.method, path: decodedPath(pathname), protocol: "HTTP/1.1", sourceIp: "127.0.0.1" };
  return JSON.stringify({
    version: "2.0",
    routeKey,
    rawPath: decodedPath(pathname),
    rawQueryString: search.slice(1),
    headers: { ...headers, "x-forwarded-proto": "http", "x-forwarded-port": port },
    ...(values.length === 0 ? {} : { queryStringParameters: Object.fromEntries(values) }),
    pathParameters: Object.fromEntries(path),
    requestContext: {
      domainName: host,
      http: { ...http, userAgent: headers["user-agent"] ?? "" },
      requestId: crypto.randomUUID(),
      routeKey,
      stage: "$default",
      timeEpoch: Date.now(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !isText,
  });
}

/** As an HTTP API does it: decoded, and cut at a question mark that was encoded. */
function decodedPath(pathname: string): string {
  const bytes = pathname.replaceAll(/%([\da-f]{2})/giu, (_all, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
  const isEncoded = bytes !== pathname;
  const decoded = isEncoded ? Buffer.from(bytes, "latin1").toString() : pathname;
  return decoded.split("?")[0] ?? decoded;
}

function replyOf(payload: string): Response {
  const { statusCode: status, headers, body, isBase64Encoded } = Answer.parse(JSON.parse(payload));
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  return new Response(bytes.length === 0 ? null : bytes, { status, headers });
}
