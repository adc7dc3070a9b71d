/** A line for the terminal that asks for one operation. */
import type { oas31 } from "zod-openapi";

import type { Operation } from "./docs-page.ts";
import { exampleOf } from "./schema-text.ts";

type Components = Readonly<Record<string, oas31.SchemaObject | oas31.ReferenceObject>>;

/** `$BASE` is where the API answers, `$KEY` a key; a `{name}` of the path stays to be filled in. */
export function curlOf(operation: Operation, schemas: Components): string {
  const { method, path, security, requestBody } = operation;
  const parts = [
    method === "GET" ? "curl" : `curl -X ${method}`,
    `"$BASE${path}${requiredQuery(operation)}"`,
    ...(security?.length === 0 ? [] : [`-H "Authorization: Bearer $KEY"`]),
    ...bodyParts(requestBody, schemas),
  ];
  return parts.join(" \\\n  ");
}

/** `?from=FROM`: what a request cannot do without. */
function requiredQuery({ parameters = [] }: Operation): string {
  const names = parameters.flatMap((each) =>
    "name" in each && each.in === "query" && each.required === true ? [each.name] : [],
  );
  return names.length === 0 ? "" : `?${names.map((name) => `${name}=${name.toUpperCase()}`).join("&")}`;
}

function bodyParts(requestBody: Operation["requestBody"], schemas: Components): string[] {
  if (requestBody === undefined || !("content" in requestBody)) return [];
  const [[media, { schema, example }] = ["", {}]] = Object.entries(requestBody.content);
  const header = `-H "Content-Type: ${media}"`;
  if (media !== "application/json") return [header, "--data-binary @FILE"];
  const text = JSON.stringify(example ?? exampleOf(schema ?? {}, schemas));
  return [header, `-d '${text.replaceAll("'", String.raw`'\''`)}'`];
}
