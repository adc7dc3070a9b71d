/** When a schedule is due: EventBridge Scheduler's rate(), cron() and at() with a time zone. */
import { Cron } from "croner";

/** Due instants in UTC; `at` has one, the others go on. */
export type Timing =
  | { readonly kind: "at"; readonly at: Date }
  | { readonly kind: "rate"; readonly everyMs: number }
  | { readonly kind: "cron"; readonly nextAfter: (instant: Date) => Date | undefined };

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** Undefined for what AWS would refuse. */
export function parseExpression(expression: string, zone: string): Timing | undefined {
  const [, kind = "", inner = ""] = /^(rate|cron|at)\((.*)\)$/u.exec(expression) ?? [];
  try {
    // Throws on a zone that nobody knows.
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return PARSERS[kind]?.(inner, zone);
  } catch {
    // croner throws on a bad pattern or zone.
    return undefined;
  }
}

const PARSERS: Readonly<Record<string, (inner: string, zone: string) => Timing | undefined>> = { rate, cron, at };

function rate(inner: string): Timing | undefined {
  const [, value = "", unit] = /^([1-9]\d*) (minute|hour|day)s?$/u.exec(inner) ?? [];
  return unit === "minute" || unit === "hour" || unit === "day"
    ? { kind: "rate", everyMs: Number(value) * UNIT_MS[unit] }
    : undefined;
}

/** Six fields: minutes, hours, day of month, month, day of week (1 = SUN), year; one of the two day fields is `?`. */
function cron(inner: string, zone: string): Timing | undefined {
  const fields = inner.trim().split(/\s+/u);
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields;
  if (fields.length !== 6 || (dayOfMonth === "?") === (dayOfWeek === "?")) {
    return undefined;
  }
  // A bare L is Saturday there, and `6L` (the last Friday) is croner's `6#L`.
  const weekday = dayOfWeek === "?" ? "*" : dayOfWeek?.replace(/^L$/u, "7").replace(/^([1-7]|[A-Z]{3})L$/u, "$1#L");
  const pattern = ["0", minutes, hours, dayOfMonth === "?" ? "*" : dayOfMonth, month, weekday, year].join(" ");
  const job = new Cron(pattern, { timezone: zone, alternativeWeekdays: true, sloppyRanges: true, paused: true });
  return { kind: "cron", nextAfter: (instant) => job.nextRun(instant) ?? undefined };
}

function at(inner: string, zone: string): Timing | undefined {
  // croner would read the 30th of February as a day of March.
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/u.test(inner) || !new Date(`${inner}Z`).toISOString().startsWith(inner)) {
    return undefined;
  }
  const instant = new Cron(inner, { timezone: zone, paused: true }).nextRun(new Date(0));
  return instant === null ? undefined : { kind: "at", at: instant };
}
