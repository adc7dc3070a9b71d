/** API Gateway's HTTP API: maps requests to the routes' functions as payload 2.0, and answers back. */
import { randomUUID } from "node:crypto";

import type { FunctionHost } from "./function-host.ts";
import { isObject, listOf, numberOf, objectOf, parseJson, textOf } from "./json.ts";
import type { Reply, Request } from "./loopback-server.ts";
import { ACCOUNT } from "./physical-names.ts";
import type { RouteDefinition } from "./plan.ts";

/** Lambda takes and gives at most 6 MB. */
const PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024;

interface Match {
  readonly route: RouteDefinition;
  readonly parameters: Readonly<Record<string, string>>;
}

/** `undefined` where no route matches. */
export async function answerRoute(
  request: Request,
  routes: readonly RouteDefinition[],
  host: FunctionHost,
): Promise<Reply | undefined> {
  const match = matchRoute(request.method, request.url.pathname, routes);
  if (match === undefined) {
    return undefined;
  }
  const event = JSON.stringify(eventOf(request, match));
  if (Buffer.byteLength(event) > PAYLOAD_LIMIT_BYTES) {
    return message(413, "Request Entity Too Large");
  }
  const outcome = await host.invoke(match.route.functionName, event);
  if ("errorType" in outcome || Buffer.byteLength(outcome.payload) > PAYLOAD_LIMIT_BYTES) {
    return message("errorType" in outcome && outcome.errorType === "Sandbox.Timedout" ? 503 : 500, "Internal Server Error");
  }
  return replyOf(outcome.payload);
}

export function message(status: number, text: string): Reply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify({ message: text }) };
}

/** A route with a fixed method goes before ANY, a whole path before a greedy one. */
function matchRoute(method: string, path: string, routes: readonly RouteDefinition[]): Match | undefined {
  const matches = routes.flatMap((route): (Match & { readonly rank: number })[] => {
    const [wanted = "", pattern = ""] = route.routeKey.split(" ");
    const parameters = matchPath(pattern, path);
    if (parameters === undefined || (wanted !== "ANY" && wanted !== method)) {
      return [];
    }
    return [{ route, parameters, rank: (pattern.includes("+}") ? 2 : 0) + (wanted === "ANY" ? 1 : 0) }];
  });
  return matches.toSorted((one, other) => one.rank - other.rank)[0];
}

function matchPath(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const source = pattern
    .split("/")
    .map((part) => part.replaceAll(/[.*?^$()|[\]\\]/gu, String.raw`\$&`))
    .map((part) => part.replace(/^\{(\w+)\+\}$/u, "(?<$1>.+)").replace(/^\{(\w+)\}$/u, "(?<$1>[^/]+)"))
    .join("/");
  const found = new RegExp(`^${source}$`, "u").exec(path);
  try {
    return found === null
      ? undefined
      : Object.fromEntries(Object.entries(found.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    // A path with a broken percent sequence names nothing.
    return undefined;
  }
}

function eventOf(request: Request, { route, parameters }: Match): Readonly<Record<string, unknown>> {
  const { method, url, body } = request;
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(",") : (value ?? "")]),
  );
  const isText = /^text\/|json|xml|x-www-form-urlencoded/u.test(headers["content-type"] ?? "");
  const query = [...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name).join(",")]);
  const now = new Date();
  return {
    version: "2.0",
    routeKey: route.routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: { ...headers, "x-forwarded-proto": "http", "x-forwarded-port": url.port },
    ...(query.length === 0 ? {} : { queryStringParameters: Object.fromEntries(query) }),
    ...(Object.keys(parameters).length === 0 ? {} : { pathParameters: parameters }),
    requestContext: {
      accountId: ACCOUNT,
      apiId: "local",
      domainName: url.host,
      domainPrefix: "local",
      http: { method, path: url.pathname, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: headers["user-agent"] ?? "" },
      requestId: randomUUID(),
      routeKey: route.routeKey,
      stage: "$default",
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** An answer without a status is the body itself, as in payload 2.0. */
function replyOf(payload: string): Reply {
  const answer = parseJson(payload);
  if (!isObject(answer) || answer["statusCode"] === undefined) {
    return { status: 200, headers: { "content-type": "application/json" }, body: payload };
  }
  const headers = Object.entries(objectOf(answer["headers"])).map(([name, value]) => [name, textOf(value)] as const);
  const cookies = listOf(answer["cookies"]).map(textOf);
  return {
    status: numberOf(answer["statusCode"], 500),
    headers: { ...Object.fromEntries(headers), ...(cookies.length === 0 ? {} : { "set-cookie": cookies }) },
    body: Buffer.from(textOf(answer["body"]), answer["isBase64Encoded"] === true ? "base64" : "utf8"),
  };
}
