/** A report as CSV (RFC 4180), for a sheet. */
import type { BulkItem } from "../contract/bulk.ts";

const FIELDS = ["id", "name", "outcome", "code", "detail"] as const;

export function csvOf(items: readonly BulkItem[]): string {
  const rows = items.map((item) => FIELDS.map((field) => cell(item[field] ?? "")).join(","));
  return [FIELDS.join(","), ...rows].map((row) => `${row}\r\n`).join("");
}

/** A name from outside must not become a formula in whoever's sheet opens it. */
function cell(value: string): string {
  const text = /^[=+\-@\t\r]/u.test(value) ? `'${value}` : value;
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
