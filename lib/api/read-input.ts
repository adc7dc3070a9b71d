/** Bodies and queries against their schemas; the first thing wrong becomes one refusal with path, value seen and value wanted. */
import type { RefusalCode } from "../contract/code.ts";
import { Refusal } from "../core/failure.ts";
import { shown } from "../core/refusals.ts";
import { maskUrl } from "../core/source-url.ts";

/** What this file needs of a schema of lib/contract and of its issues. */
type Issue = { readonly code: string; readonly path: readonly PropertyKey[]; readonly message: string };
export type Schema<Value> = {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: Value }
    | { readonly success: false; readonly error: { readonly issues: readonly Issue[] } };
};

/** Where a value came from: names the refusal and the next step. */
export type InputPlace = "body" | "query" | "headers" | "arguments";

const CODES: Record<InputPlace, RefusalCode> = {
  body: "body-invalid",
  query: "query-invalid",
  headers: "header-invalid",
  arguments: "usage-wrong",
};
const NEXT: Record<InputPlace, string> = {
  body: "send the body again with that value corrected",
  query: "send the request again with that parameter corrected",
  headers: "send the request again with that header corrected",
  arguments: "see the command's --help",
};

/** Formats whose pattern nobody could read. */
const FORMATS: Readonly<Record<string, string>> = {
  datetime: "an instant such as 2026-05-06T10:00:00Z",
  date: "a date such as 2026-05-06",
};

/** Throws `body-invalid`, `query-invalid`, `header-invalid` or `usage-wrong`, for an interval `interval-invalid`. */
export function readInput<Value>(schema: Schema<Value>, value: unknown, place: InputPlace): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refusalOf(issue ?? { code: "custom", path: [], message: "not valid" }, value, place);
}

function refusalOf(issue: Issue, value: unknown, place: InputPlace): Refusal {
  const name = issue.path.map(String).join(".");
  const unknownNames = "keys" in issue && Array.isArray(issue.keys) ? issue.keys.map(String) : undefined;
  const seen = unknownNames === undefined ? seenAt(value, issue.path) : unknownNames.map(shown).join(", ");
  const wanted = unknownNames === undefined ? wantedBy(issue) : "no field of that name";
  const code = issue.path[0] === "intervalMinutes" ? "interval-invalid" : CODES[place];
  const where = name === "" ? `the ${place}` : name;
  return new Refusal(code, `${where} is ${seen}, wanted ${wanted}`, NEXT[place], { details: { seen, wanted } });
}

/** zod's words after "expected", or its whole sentence. */
function wantedBy(issue: Issue): string {
  if ("values" in issue && Array.isArray(issue.values)) return `one of ${issue.values.join(", ")}`;
  if ("options" in issue && Array.isArray(issue.options)) return `one of ${issue.options.join(", ")}`;
  const format = "format" in issue ? FORMATS[String(issue.format)] : undefined;
  if (format !== undefined) return format;
  if ("pattern" in issue) return `a value that matches ${String(issue.pattern)}`;
  const expected = /expected (?<expected>.+?)(?:, received .*)?$/u.exec(issue.message)?.groups?.["expected"];
  return expected?.replace(/to (?:have|be) >=/u, "of at least ").replace(/to (?:have|be) <=/u, "of at most ") ?? issue.message;
}

function seenAt(value: unknown, path: readonly PropertyKey[]): string {
  // What a source is asked with is a secret as a whole, a wrong one too.
  if (path.includes("auth")) return "a secret";
  let found = value;
  for (const key of path) found = typeof found === "object" && found !== null ? Reflect.get(found, key) : undefined;
  return shownValue(found);
}

/** Short, and never more than the scheme and host of what may be a secret URL. */
function shownValue(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "string") return shownText(value);
  return typeof value === "object" && value !== null ? "an object" : JSON.stringify(value);
}

function shownText(text: string): string {
  const url = URL.parse(text);
  if (url === null) return shown(text);
  return shown(url.host === "" ? `${url.protocol}...` : maskUrl(url));
}
