/** Fields of a calendar that its people change: how each is asked for, and what the calendar says of it. */
import { CalendarPatch } from "../../lib/contract/calendar.ts";
import type { Calendar } from "../../lib/contract/calendar.ts";
import { cronOf } from "../../lib/core/place.ts";
import type { Values } from "./wishes.ts";

type Value = Values[string];
type Field = { readonly of: (calendar: Calendar) => Value; readonly patch: (value: Value) => object };

const FIELDS: Readonly<Record<string, Field>> = {
  name: { of: ({ name }) => name, patch: (name) => ({ name }) },
  hint: { of: ({ policy }) => policy.refreshHint, patch: (refreshHint) => ({ policy: { refreshHint } }) },
  room: { of: ({ metadata }) => metadata?.["room"] ?? null, patch: (room) => ({ metadata: { room } }) },
  externalId: { of: ({ externalId = null }) => externalId, patch: (externalId) => ({ externalId }) },
  url: { of: ({ source }) => (source.kind === "url" ? source.url : null), patch: (url) => ({ source: { url } }) },
  /** Minutes, or a cron expression. */
  times: { of: (calendar) => cronOf(calendar)?.expression ?? calendar.intervalMinutes, patch: timesPatch },
};

function timesPatch(value: Value): object {
  if (typeof value === "number") return { schedule: { kind: "interval" }, intervalMinutes: value };
  return { schedule: { kind: "cron", expression: value, zone: "Asia/Seoul" } };
}

export function valueOf(calendar: Calendar | undefined, field: string): Value {
  return calendar === undefined ? null : (FIELDS[field]?.of(calendar) ?? null);
}

export function patchFor(values: Values): CalendarPatch {
  const parts = Object.entries(values).map(([field, value]) => FIELDS[field]?.patch(value) ?? {});
  return CalendarPatch.parse(Object.assign({}, ...parts));
}
