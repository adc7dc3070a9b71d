/** The app behind API Gateway's HTTP API, payload format 2.0. */
import type { Hono } from "hono";

/** The part of the event that is read. */
export type HttpApiEvent = {
  readonly rawPath: string;
  readonly rawQueryString: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string | null | undefined;
  readonly isBase64Encoded: boolean;
  readonly requestContext: { readonly domainName: string; readonly http: { readonly method: string } };
};
export type HttpApiAnswer = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: false;
};

/** Methods that no Request can have (Fetch 2.2.1); under another name they end where every unknown one does. */
const FORBIDDEN = new Set(["CONNECT", "TRACE", "TRACK"]);

/** The Lambda's handler. Every answer of the app is text. */
export function createHandler(app: Hono): (event: HttpApiEvent) => Promise<HttpApiAnswer> {
  return async (event) => {
    const response = await app.fetch(requestOf(event));
    return {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
      isBase64Encoded: false,
    };
  };
}

function requestOf({ rawPath, rawQueryString, headers, body, isBase64Encoded, requestContext }: HttpApiEvent): Request {
  const query = rawQueryString === "" ? "" : `?${rawQueryString}`;
  const { method: asked } = requestContext.http;
  const method = FORBIDDEN.has(asked.toUpperCase()) ? "UNSUPPORTED" : asked;
  const kept = new Headers();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) kept.set(name, value);
  const bytes = Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
  const hasBody = bytes.length > 0 && method !== "GET" && method !== "HEAD";
  return new Request(`https://${requestContext.domainName}${escaped(rawPath)}${query}`, {
    method,
    headers: kept,
    ...(hasBody ? { body: bytes } : {}),
  });
}

/**
 * An HTTP API gives `rawPath` decoded, other sources of the same payload as it came. What cannot stand in a path is encoded again, the rest stays
 * as it is; the routes decode what is encoded.
 */
function escaped(rawPath: string): string {
  return rawPath
    .toWellFormed()
    .replaceAll(/%(?![\da-f]{2})/giu, "%25")
    .replaceAll(/[^\w\-.~!$&'()*+,;=:@/%]/gu, (character) => encodeURIComponent(character));
}
