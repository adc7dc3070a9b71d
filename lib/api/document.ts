/** The OpenAPI 3.1 text of a table of routes. */
import * as z from "zod";
import { createDocument } from "zod-openapi";
import type { oas31, ZodOpenApiOperationObject, ZodOpenApiPathItemObject, ZodOpenApiResponseObject } from "zod-openapi";

import { IdempotencyKey } from "../contract/idempotency.ts";
import { Problem } from "../contract/problem.ts";
import { paramDescription, paramsIn } from "./path-params.ts";
import { statusOf } from "./problem.ts";
import { codesOf, takesIdempotencyKey } from "./route-codes.ts";
import type { Method, ProblemCode, Route, RouteAnswer, RouteBody, Tag } from "./route.ts";

export type Document = oas31.OpenAPIObject;

const TAGS: Record<Tag, string> = {
  calendars: "Events with one owner and one source: a url that is imported, or an app that writes them.",
  events: "Events of calendars: read in a window of time, written where the source is push.",
  runs: "How each import ended, and imports that are asked for now.",
  holds: "Suspicious imports kept aside until time or a person confirms them.",
  feeds: "Published calendars made of others, with masks and filters.",
  links: "Secret addresses of a feed, one for each subscriber.",
  reservations: "Work put off to a time.",
  letters: "Tasks that gave up, with why and since when; replayable.",
  hosts: "Pace and rest of the hosts that are asked.",
  keys: "Who may use this API.",
  downloads: "Calendars and feeds as files, made on demand.",
  changes: "What changed between two versions of a calendar.",
  owners: "All that one owner has.",
  system: "The deployment itself and this text.",
};
const INTRODUCTION = `Calferry imports calendars on a schedule and publishes feeds that people subscribe to.

Send \`Authorization: Bearer KEY\`; the first key is made by \`calferry key create\`. An owner's key reaches that owner's things alone: whatever
else there is answers as if it did not exist. Listings come in pages: send \`cursor\` back as it was given until there is none. Times are UTC
(RFC 3339). Every refusal is problem+json with a \`code\`, which is a heading of the runbook, and the \`next\` step. New fields may come
into answers; unknown fields in requests are refused.`;
const KEY = "key";
const ONCE = IdempotencyKey.optional().describe(
  "The same request with the same key of the same caller is done once; within a day it is answered as the first time, with `idempotency-replayed: true`.",
);

export function documentOf(routes: readonly Route[]): Document {
  const used = new Set(routes.map(({ tag }) => tag));
  const paths = Object.fromEntries(
    [...Map.groupBy(routes, ({ path }) => path)].map(([path, own]) => [path, pathItem(own)] as const),
  );
  return createDocument(
    {
      openapi: "3.1.0",
      info: { title: "Calferry", version: "1", description: INTRODUCTION },
      servers: [{ url: "/" }],
      tags: Object.entries(TAGS).flatMap(([name, description]) =>
        [...used].some((tag) => tag === name) ? [{ name, description }] : [],
      ),
      security: [{ [KEY]: [] }],
      paths,
      components: {
        schemas: { Problem },
        securitySchemes: { [KEY]: { type: "http", scheme: "bearer", description: "A key of scope admin or owner." } },
      },
    },
    {
      override: ({ jsonSchema, io }) => {
        // An answer may grow; who reads it leaves what it does not know.
        if (io === "output") delete jsonSchema.additionalProperties;
        if (jsonSchema.pattern !== undefined) jsonSchema.pattern = portable(jsonSchema.pattern);
      },
    },
  );
}

/** JSON Schema 2020-12 6.4: patterns that other languages' engines read, too. Unpaired surrogates are in no JSON text. */
function portable(pattern: string): string {
  const control = String.raw`\u0000-\u001f\u007f-\u009f`;
  const negated = pattern.replaceAll(String.raw`\P{Cc}`, `[^${control}]`);
  return negated.replaceAll(String.raw`\p{Cc}`, control).replaceAll(String.raw`\p{Cs}`, "");
}

function pathItem(routes: readonly Route[]): ZodOpenApiPathItemObject {
  const item: Partial<Record<Lowercase<Method>, ZodOpenApiOperationObject>> = {};
  for (const route of routes) item[lowerCase(route.method)] = operation(route);
  return item;
}

function operation(route: Route): ZodOpenApiOperationObject {
  const { operationId, summary, description, tag, scope, path, query, headers, body, answers } = route;
  const names = paramsIn(path);
  const operatorsOnly = scope === "admin" ? "For admin keys alone." : undefined;
  const words = [description, operatorsOnly].filter((sentence) => sentence !== undefined).join(" ");
  return {
    operationId,
    summary,
    ...(words === "" ? {} : { description: words }),
    tags: [tag],
    ...(scope === "public" ? { security: [] } : {}),
    ...(names.length === 0 ? {} : { parameters: names.map(pathParameter) }),
    requestParams: {
      ...(query instanceof z.ZodObject && Object.keys(query.shape).length > 0 ? { query } : {}),
      ...headersOf(headers, takesIdempotencyKey(route)),
    },
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentOf(body) } }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, response(answer)])),
      ...problems(codesOf(route)),
    },
  };
}

function headersOf(headers: z.ZodType | undefined, isOnce: boolean): { header?: z.ZodObject } {
  const own = headers instanceof z.ZodObject ? headers : undefined;
  if (!isOnce) return own === undefined ? {} : { header: own };
  return { header: z.object({ ...own?.shape, "idempotency-key": ONCE }) };
}

function pathParameter(name: string): oas31.ParameterObject {
  return { name, in: "path", required: true, description: paramDescription(name), schema: { type: "string", minLength: 1 } };
}

function contentOf(body: RouteBody): Record<string, { schema: z.ZodType | oas31.SchemaObject; example?: object }> {
  const example = "example" in body ? { example: body.example } : {};
  return {
    ...(body.schema === undefined ? {} : { "application/json": { schema: body.schema, ...example } }),
    ...(body.media === undefined ? {} : { [body.media]: { schema: { type: "string", minLength: 1, description: body.says } } }),
  };
}

function response({ says, schema, media, headers = {} }: RouteAnswer): ZodOpenApiResponseObject {
  const described = Object.entries(headers).map(([name, description]) => [
    name,
    { description, schema: { type: "string" as const } },
  ]);
  return {
    description: says,
    ...(described.length === 0 ? {} : { headers: Object.fromEntries(described) }),
    ...(schema === undefined && media === undefined ? {} : { content: { ...text(media), ...json(schema) } }),
  };
}

function json(schema: z.ZodType | undefined): Record<string, { schema: z.ZodType }> {
  return schema === undefined ? {} : { "application/json": { schema } };
}

function text(media: string | undefined): Record<string, { schema: oas31.SchemaObject }> {
  return media === undefined ? {} : { [media]: { schema: { type: "string" } } };
}

/** One answer a status; each names the codes that this operation gives with it. */
function problems(codes: readonly ProblemCode[]): Record<string, ZodOpenApiResponseObject> {
  const byStatus = [...Map.groupBy(codes, statusOf)].toSorted(([one], [other]) => one - other);
  return Object.fromEntries(
    byStatus.map(([status, own]) => {
      const code = { type: "string" as const, enum: own.toSorted() };
      const schema: oas31.SchemaObject = {
        allOf: [{ $ref: "#/components/schemas/Problem" }, { type: "object", properties: { code } }],
      };
      const description = `Refused: ${own.toSorted().join(", ")}.`;
      return [String(status), { description, content: { "application/problem+json": { schema } } }];
    }),
  );
}

function lowerCase(method: Method): Lowercase<Method> {
  switch (method) {
    case "GET":
      return "get";
    case "POST":
      return "post";
    case "PUT":
      return "put";
    case "PATCH":
      return "patch";
    case "DELETE":
      return "delete";
  }
}
