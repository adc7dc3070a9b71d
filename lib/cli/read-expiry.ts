/** `--expires`: hours or days from now, or an instant. */
import { Refusal } from "../core/failure.ts";
import { shown } from "../core/refusals.ts";

const UNITS_MS = { h: 3_600_000, d: 86_400_000 } as const;

/** What looks like an instant stays as it was written, for its schema to judge. Throws `usage-wrong`. */
export function readExpiry(text: string, now: Date): string {
  if (/^\d{4}-/u.test(text)) return text;
  const { count, unit } = /^(?<count>[1-9]\d{0,3})(?<unit>[hd])$/u.exec(text)?.groups ?? {};
  if (count !== undefined) return new Date(now.getTime() + Number(count) * UNITS_MS[unit === "h" ? "h" : "d"]).toISOString();
  const what = `--expires is ${shown(text)}, wanted 12h, 90d or an instant such as 2027-01-31T00:00:00Z`;
  throw new Refusal("usage-wrong", what, "see the command's --help");
}
