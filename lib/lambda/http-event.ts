/** A subscriber's request as API Gateway sends it (HTTP API, payload 2.0), and the answer as it takes it. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";

import type { FeedAnswer, FeedRequest } from "../core/serve.ts";

const ROBOTS = "User-agent: *\nAllow: /\n";

/** `<feedId>.<secret>.ics`; empty where the route has none. */
export function tokenOf(event: APIGatewayProxyEventV2): string {
  return event.pathParameters?.["token"] ?? "";
}

/** Header names of payload 2.0 are lower case. */
export function feedRequestOf({ headers, requestContext }: APIGatewayProxyEventV2): FeedRequest {
  return {
    method: requestContext.http.method === "HEAD" ? "HEAD" : "GET",
    ifNoneMatch: headers["if-none-match"],
    ifModifiedSince: headers["if-modified-since"],
    acceptEncoding: headers["accept-encoding"],
    userAgent: headers["user-agent"],
  };
}

/** Compressed bytes travel as base64; text travels as it is, a third smaller. */
export function httpAnswer({ status, headers, body }: FeedAnswer): APIGatewayProxyStructuredResultV2 {
  const isBinary = headers["content-encoding"] !== undefined;
  return {
    statusCode: status,
    headers: { ...headers },
    ...(body === undefined ? {} : { body: Buffer.from(body).toString(isBinary ? "base64" : "utf8"), isBase64Encoded: isBinary }),
  };
}

/** Feeds are secret by their address, not by this file; Google's calendar fetches none that robots.txt forbids. */
export function robotsAnswer(): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: 200,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "max-age=86400" },
    body: ROBOTS,
  };
}
