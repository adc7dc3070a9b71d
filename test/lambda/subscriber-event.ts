/** A subscriber's request as API Gateway sends it, HTTP API with payload 2.0. */
import type { APIGatewayProxyEventV2 } from "aws-lambda";

export function subscriberEvent(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyEventV2 {
  const token = path.startsWith("/f/") ? { pathParameters: { token: path.slice("/f/".length) } } : {};
  return {
    version: "2.0",
    routeKey: token.pathParameters === undefined ? `${method} ${path}` : `${method} /f/{token}`,
    rawPath: path,
    rawQueryString: "",
    headers: { ...headers },
    ...token,
    requestContext: {
      accountId: "000000000000",
      apiId: "api",
      domainName: "api.example",
      domainPrefix: "api",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "test" },
      requestId: "request",
      routeKey: "route",
      stage: "$default",
      time: "01/Jan/2026:00:00:00 +0000",
      timeEpoch: 0,
    },
    isBase64Encoded: false,
  };
}
