/** What a request carries, parsed by the contract's schemas. */
import type { HonoRequest } from "hono";

import { Refusal } from "../core/failure.ts";
import { readInput } from "./read-input.ts";
import type { Schema } from "./read-input.ts";

/** Throws `body-invalid`. */
export async function readJson<Value>(request: HonoRequest, schema: Schema<Value>): Promise<Value> {
  const text = await request.text();
  return readInput(schema, parseJson(text), "body");
}

/** Throws `query-invalid`. */
export function readQuery<Value>(request: HonoRequest, schema: Schema<Value>): Value {
  return readInput(schema, request.query(), "query");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const what = `the body is not JSON (${text.length} characters seen), wanted a JSON object`;
    throw new Refusal("body-invalid", what, "send Content-Type: application/json and a JSON object", { cause });
  }
}
