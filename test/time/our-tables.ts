/** Turns and business days of two years in four zones as Calferry has them, in the words of tables.py. */
import * as z from "zod";

import type { BusinessDays, CronSchedule } from "../../lib/contract/schedule.ts";
import { addDays, isBusinessDay, lastBusinessDay, nearestBusinessDay, turnOnDay } from "../../lib/core/business-days.ts";
import type { WorkWeek } from "../../lib/core/business-days.ts";
import { cronTurns } from "../../lib/core/cron.ts";
import { holidaysOf } from "../../lib/core/holidays.ts";
import { wallClock } from "../../lib/core/wall-clock.ts";
import { ianaZone } from "../../lib/ics/iana-zone.ts";

const Rows = z.record(z.string(), z.string());
export const Tables = z.object({ crons: Rows, policies: Rows, lastOfMonth: Rows, days: Rows });
export type Tables = z.infer<typeof Tables>;

const FIRST_DAY = "2025-01-01";
const END_DAY = "2027-01-01";
const [FIRST_MS, END_MS] = [Date.parse(FIRST_DAY), Date.parse(END_DAY)];
const DAY_MS = 86_400_000;
const AT_ONCE = 30;

const WEEKENDS: Readonly<Record<string, BusinessDays["weekend"]>> = { "SA,SU": ["SA", "SU"], "FR,SA": ["FR", "SA"] };

/** Holidays as a calendar has them: rules where there are some, dates where there are none. */
const HOLIDAYS = holidaysOf(
  {
    timezones: [],
    events: [
      ...[
        ["new-year", "20200101", "20200102", "RRULE:FREQ=YEARLY"],
        ["labour", "20200501", "20200502", "RRULE:FREQ=YEARLY"],
        ["christmas", "20201225", "20201227", "RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25"],
        ["thanks", "20201126", "20201128", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"],
        ["autumn", "20200928", "20201003", "RRULE:FREQ=YEARLY;BYMONTH=9;BYDAY=-1MO"],
        ["good-friday", "20240329", "20240330", "RDATE;VALUE=DATE:20250418,20260403,20270326"],
        ["easter-monday", "20240401", "20240402", "RDATE;VALUE=DATE:20250421,20260406,20270329"],
      ].map(([uid = "", start = "", end = "", again = ""]) => eventOf(uid, start, end, "Public holiday", again)),
      eventOf("carnival", "20260217", "20260218", "Folklore"),
    ],
  },
  { category: "public holiday" },
  addDays(FIRST_DAY, -60),
  addDays(END_DAY, 60),
);

/** The tables for what `wanted` names. */
export function ourTables(wanted: Tables): Tables {
  return {
    crons: filled(wanted.crons, (name) => written(turnsOf(name))),
    policies: filled(wanted.policies, policyRow),
    lastOfMonth: filled(wanted.lastOfMonth, monthsRow),
    days: filled(wanted.days, daysRow),
  };
}

/** `Europe/Berlin 0 9 * * *`: UTC milliseconds, some days more at both ends. */
function turnsOf(name: string): number[] {
  const { schedule } = readName(name);
  const turns: number[] = [];
  for (let after = FIRST_MS - 3 * DAY_MS; after < END_MS + 3 * DAY_MS; after = turns.at(-1) ?? END_MS) {
    const some = cronTurns(schedule, after, AT_ONCE);
    turns.push(...some);
    if (some.length < AT_ONCE) break;
  }
  return turns;
}

function policyRow(name: string): string {
  const { schedule, weekend, policy } = readName(name);
  const businessDays: BusinessDays = { weekend, policy, zone: schedule.zone };
  const instants = turnsOf(name).flatMap((atMs) => {
    const turn = turnOnDay(atMs, businessDays, HOLIDAYS);
    return turn.kind === "stands" ? [atMs] : turn.kind === "moved" ? [turn.toMs] : [];
  });
  return written(instants);
}

function monthsRow(name: string): string {
  const [zoneName = "", week = ""] = name.split(" ");
  const zone = ianaZone(zoneName);
  const nines = Array.from({ length: 24 }, (_, index) => {
    const day = `${2025 + Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, "0")}-11`;
    const last = lastBusinessDay(day, weekOf(week));
    if (zone === undefined || last === undefined) throw new RangeError(`no last business day of ${day} in ${zoneName}`);
    return wallClock(zone, Date.parse(`${last}T09:00Z`)) ?? Number.NaN;
  });
  return written(nines);
}

function daysRow(name: string): string {
  const week = weekOf(name);
  const count = (END_MS - FIRST_MS) / DAY_MS;
  return Array.from({ length: count }, (_, index) => {
    const day = addDays(FIRST_DAY, index);
    const [next = "", previous = ""] = (["next", "previous"] as const).map((way) => nearestBusinessDay(day, way, week));
    const [after, before] = [daysBetween(day, next), daysBetween(previous, day)];
    return `${isBusinessDay(day, week) ? 1 : 0}${after.toString(16)}${before.toString(16)}`;
  }).join(" ");
}

function readName(name: string): {
  readonly schedule: Omit<CronSchedule, "kind">;
  readonly weekend: BusinessDays["weekend"];
  readonly policy: BusinessDays["policy"];
} {
  const [zone = "", ...words] = name.split(" ");
  const [week = "", policy = ""] = words.slice(5);
  return {
    schedule: { zone, expression: words.slice(0, 5).join(" ") },
    weekend: WEEKENDS[week] ?? [],
    policy: policy === "next" ? "next" : "skip",
  };
}

function weekOf(name: string): WorkWeek {
  return { weekend: WEEKENDS[name] ?? [], holidays: HOLIDAYS };
}

/** The first minute since the epoch, then the steps: `1440x9` is nine of a day. */
function written(instantsMs: readonly number[]): string {
  const within = instantsMs.filter((atMs) => atMs >= FIRST_MS && atMs < END_MS).map((atMs) => atMs / 60_000);
  const minutes = [...new Set(within)].toSorted((one, other) => one - other);
  const [first] = minutes;
  if (first === undefined) return "";
  const parts: { step: number; times: number }[] = [];
  for (const [index, minute] of minutes.entries()) {
    if (index === 0) continue;
    const step = minute - (minutes[index - 1] ?? minute);
    const last = parts.at(-1);
    if (last?.step === step) last.times += 1;
    else parts.push({ step, times: 1 });
  }
  return [String(first), ...parts.map(({ step, times }) => (times > 1 ? `${step}x${times}` : String(step)))].join(" ");
}

function filled(rows: Readonly<Record<string, string>>, row: (name: string) => string): Record<string, string> {
  return Object.fromEntries(Object.keys(rows).map((name) => [name, row(name)]));
}

function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS;
}

function eventOf(uid: string, start: string, end: string, category: string, ...more: readonly string[]): EventText {
  const dates = [`DTSTART;VALUE=DATE:${start}`, `DTEND;VALUE=DATE:${end}`, ...more];
  const text = ["BEGIN:VEVENT", `UID:${uid}`, ...dates, `CATEGORIES:${category}`, "END:VEVENT"].join("\n");
  return { uid, sourceUid: uid, block: "", meaning: "", sequence: 0, lastModified: "20250101T000000Z", text };
}

type EventText = Readonly<Record<"uid" | "sourceUid" | "block" | "meaning" | "lastModified" | "text", string>> & {
  readonly sequence: number;
};
