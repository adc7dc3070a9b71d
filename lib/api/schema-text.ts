/** JSON schemas as people read them: `{ name: string, color?: string }`. */
import type { oas31 } from "zod-openapi";

type Schema = oas31.SchemaObject | oas31.ReferenceObject;

const STEP = "  ";
const INTEGER_LIMIT = Number.MAX_SAFE_INTEGER;

/** Several lines; a component by its name alone. */
export function schemaText(schema: Schema, indent = ""): string {
  if (isReference(schema)) return nameOf(schema.$ref);
  const { allOf, oneOf, anyOf, items, properties, additionalProperties } = schema;
  const parts = oneOf ?? anyOf;
  if (allOf !== undefined) return allOf.map((part) => schemaText(part, indent)).join(" & ");
  if (parts !== undefined) return parts.map((part) => schemaText(part, indent)).join(" | ");
  if (items !== undefined) return `[ ${schemaText(items, indent)} ... ]`;
  if (properties !== undefined) return objectText(schema, indent);
  if (typeof additionalProperties === "object") return `{ [name]: ${schemaText(additionalProperties, indent)} }`;
  return valueText(schema);
}

/** Type and limits of one value, in a few words. */
function valueText(schema: oas31.SchemaObject): string {
  const { const: only, enum: values, type, format, minimum, maximum, minLength, maxLength } = schema;
  if (only !== undefined) return JSON.stringify(only);
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(" | ");
  const name = Array.isArray(type) ? type.join(" | ") : (type ?? "anything");
  const length = maxLength === undefined ? undefined : `${minLength ?? 0}..${maxLength} characters`;
  const limits = [format, rangeText(minimum, maximum), length].filter((part) => part !== undefined).join(", ");
  return limits === "" ? name : `${name} (${limits})`;
}

/** The bounds of JavaScript's own numbers are none that anybody set. */
function rangeText(minimum: number | undefined, maximum = INTEGER_LIMIT): string | undefined {
  const least = minimum === undefined || minimum <= -INTEGER_LIMIT ? undefined : minimum;
  if (maximum < INTEGER_LIMIT) return `${least ?? ""}..${maximum}`;
  return least === undefined ? undefined : `from ${least}`;
}

function objectText({ properties = {}, required = [] }: oas31.SchemaObject, indent: string): string {
  const inner = indent + STEP;
  const lines = Object.entries(properties).map(([name, schema]) => {
    const { description, default: usual } = isReference(schema) ? { description: undefined, default: undefined } : schema;
    const words = [description, usual === undefined ? undefined : `default ${JSON.stringify(usual)}`];
    const said = words.filter((word) => word !== undefined).join("; ");
    const mark = required.includes(name) ? "" : "?";
    return `${inner}${name}${mark}: ${schemaText(schema, inner)}${said === "" ? "" : `  // ${said}`}`;
  });
  return lines.length === 0 ? "{}" : `{\n${lines.join("\n")}\n${indent}}`;
}

/** The least that the schema takes, as an example to start from. */
export function exampleOf(schema: Schema, components: Readonly<Record<string, Schema>>): unknown {
  if (isReference(schema)) return exampleOf(components[nameOf(schema.$ref)] ?? {}, components);
  const { const: only, default: usual, enum: values, oneOf, anyOf, items } = schema;
  const [choice] = oneOf ?? anyOf ?? [];
  if (choice !== undefined) return exampleOf(choice, components);
  const given: unknown = [only, usual, values?.[0]].find((value) => value !== undefined);
  if (given !== undefined) return given;
  return items === undefined ? plainExample(schema, components) : [exampleOf(items, components)];
}

function plainExample(schema: oas31.SchemaObject, components: Readonly<Record<string, Schema>>): unknown {
  const { type, format, minimum = 0, properties = {}, required = [] } = schema;
  if (type === "integer" || type === "number") return Math.max(1, minimum);
  if (type === "boolean") return true;
  if (type === "string") return format === "date-time" ? "2027-01-01T00:00:00Z" : "...";
  const isShown = ([name]: readonly [string, Schema], index: number): boolean =>
    required.includes(name) || (required.length === 0 && index === 0);
  return Object.fromEntries(
    Object.entries(properties)
      .filter(isShown)
      .map(([name, each]) => [name, exampleOf(each, components)]),
  );
}

function isReference(schema: Schema): schema is oas31.ReferenceObject {
  return schema.$ref !== undefined;
}

function nameOf(reference: string): string {
  return reference.slice(reference.lastIndexOf("/") + 1);
}
