/** /v1/openapi.json and /v1/docs: what the API can do, for programs and for people; neither needs a key. */
import * as z from "zod";

import { route } from "./route.ts";
import type { Route } from "./route.ts";

/** Both tell of all routes, their own two as well; the text is made when it is first asked for. */
export function documentRoutes(others: readonly Route[]): readonly Route[] {
  let text: Promise<string> | undefined;
  let page: Promise<string> | undefined;
  const own: readonly Route[] = [
    route({
      method: "GET",
      path: "/v1/openapi.json",
      operationId: "getOpenApi",
      summary: "This API as an OpenAPI 3.1 text",
      tag: "system",
      scope: "public",
      answers: { 200: { says: "The text.", schema: OpenApiText, media: "application/json" } },
      codes: [],
      run: async () => ({ status: 200, body: await (text ??= textOf([...others, ...own])), headers: CACHED }),
    }),
    route({
      method: "GET",
      path: "/v1/docs",
      operationId: "getDocs",
      summary: "This API as a page for people",
      tag: "system",
      scope: "public",
      answers: { 200: { says: "The page.", media: "text/html" } },
      codes: [],
      run: async () => {
        const headers = { ...CACHED, "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY };
        return { status: 200, body: await (page ??= pageOf([...others, ...own])), headers };
      },
    }),
  ];
  return own;
}

/** Whoever reads it knows the rest from the version. */
const OpenApiText = z.looseObject({
  openapi: z.string(),
  info: z.looseObject({}),
  paths: z.record(z.string(), z.looseObject({})),
});
const CACHED = { "cache-control": "public, max-age=300" };
/** The page has its style in itself, no script, and asks nobody for anything. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

async function textOf(routes: readonly Route[]): Promise<string> {
  const { documentOf } = await import("./document.ts");
  return JSON.stringify(documentOf(routes));
}

async function pageOf(routes: readonly Route[]): Promise<string> {
  const [{ documentOf }, { docsPage }] = await Promise.all([import("./document.ts"), import("./docs-page.ts")]);
  return await docsPage(documentOf(routes));
}
