/** What a request carries, before any schema looks at it. */
import type { HonoRequest } from "hono";
import * as z from "zod";

import { Refusal } from "../core/failure.ts";

/** A request as a route reads it. */
export type Asked = {
  readonly params: Readonly<Record<string, string>>;
  /** A parameter that comes several times is a list. */
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** Those that the schema names. */
  readonly headers: (schema: z.ZodType) => Readonly<Record<string, string>>;
  readonly contentType: string | undefined;
  readonly text: () => Promise<string>;
  readonly bytes: () => Promise<Uint8Array>;
  readonly request: Request;
};

export function askedOf(request: HonoRequest, params: Readonly<Record<string, string>>): Asked {
  return {
    params,
    query: Object.fromEntries(Object.entries(request.queries()).map(([name, values]) => [name, single(values)])),
    headers: (schema) => headersOf(schema, request),
    contentType: request.header("content-type"),
    text: async () => await request.text(),
    bytes: async () => new Uint8Array(await request.arrayBuffer()),
    request: request.raw,
  };
}

/** Throws `body-invalid`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const what = `the body is not JSON (${text.length} characters seen), wanted a JSON object`;
    throw new Refusal("body-invalid", what, "send Content-Type: application/json and a JSON object", { cause });
  }
}

function single(values: readonly string[]): string | readonly string[] {
  const [only = ""] = values;
  return values.length > 1 ? values : only;
}

function headersOf(schema: z.ZodType, request: HonoRequest): Record<string, string> {
  const names = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = request.header(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
