/** `calferry next` and `calferry business-day`: when a calendar comes round, and which days are business days. */
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import type { CalendarView } from "../contract/calendar-view.ts";
import { BusinessDays } from "../contract/schedule.ts";
import { BusinessDayQuery, ComingTurnsQuery } from "../contract/time-view.ts";
import type { BusinessDayAnswer, ComingTurns, FindBusinessDay } from "../contract/time-view.ts";
import { Refusal } from "../core/failure.ts";
import { shown } from "../core/refusals.ts";
import { calendarView } from "../core/registry.ts";
import { changeCalendar } from "../sync/change-calendar.ts";
import { answer } from "./answer.ts";
import { tellCalendar } from "./calendar-views.ts";
import { recordOf, tableOf } from "./table.ts";
import type { Connection, Terminal } from "./terminal.ts";

type DayOptions = {
  readonly calendar: string;
  readonly zone: string;
  readonly weekend: string;
  readonly category?: string;
  readonly keyword?: string;
};
type KeepOptions = {
  readonly policy: string;
  readonly zone: string;
  readonly weekend: string;
  readonly calendar?: string;
  readonly only?: string;
};

const WORDS: readonly (readonly [FindBusinessDay, string])[] = [
  ["is", "whether a day is a business day"],
  ["next", "the first one after a day"],
  ["previous", "the last one before a day"],
  ["last-of-month", "the last one of a day's month"],
];

export function addTimeCommands(program: Command, terminal: Terminal): void {
  addNext(program, terminal);
  const day = program
    .command("business-day", { hidden: true })
    .description("by a calendar of holidays: is, next, previous, last-of-month, keep")
    .addHelpText("after", "\nExample:\n  calferry business-day next --calendar k3v0q8x2m7c1a5ze --zone Asia/Seoul");
  for (const [find, description] of WORDS) addFind(day, terminal, find, description);
  addKeep(day, terminal);
}

function addNext(program: Command, terminal: Terminal): void {
  program
    .command("next", { hidden: true })
    .argument("<calendar>", "the calendar")
    .description("its coming turns, and why each stands where it does")
    .option("--count <n>", "turns at most", "10")
    .option("--zone <zone>", "of the local times (the calendar's own if absent)")
    .addHelpText("after", "\nExample:\n  calferry next k3v0q8x2m7c1a5ze --count 5")
    .action(async (calendarId: string, { count, zone }: { readonly count: string; readonly zone?: string }, command: Command) => {
      const query = readInput(ComingTurnsQuery, { count, zone }, "arguments");
      const ask = async (connection: Connection): Promise<ComingTurns> => {
        // Loaded here: it reads calendars, and the other commands should not wait for that.
        const { listComingTurns } = await import("../sync/list-coming-turns.ts");
        return await listComingTurns(calendarId, query, connection, connection.now());
      };
      await answer(terminal, command, ask, tellTurns);
    });
}

function addFind(day: Command, terminal: Terminal, find: FindBusinessDay, description: string): void {
  day
    .command(find)
    .argument("[date]", "such as 2026-05-06 (today in the zone if absent)")
    .description(description)
    .requiredOption("--calendar <id>", "the calendar of holidays")
    .option("--zone <zone>", "that says which day is today", "UTC")
    .option("--weekend <days>", "weekdays that are none, by comma", "SA,SU")
    .option("--category <name>", "events of this category alone are holidays")
    .option("--keyword <word>", "events with this in their title alone are")
    .addHelpText("after", `\nExample:\n  calferry business-day ${find} 2026-05-06 --calendar k3v0q8x2m7c1a5ze`)
    .action(async (date: string | undefined, { calendar, ...options }: DayOptions, command: Command) => {
      const query = readInput(BusinessDayQuery, { ...options, find, day: date }, "arguments");
      const ask = async (connection: Connection): Promise<BusinessDayAnswer> => {
        const { findBusinessDay } = await import("../sync/find-business-day.ts");
        return await findBusinessDay(calendar, query, connection, connection.now());
      };
      await answer(terminal, command, ask, tellDay);
    });
}

function addKeep(day: Command, terminal: Terminal): void {
  day
    .command("keep")
    .argument("<calendar>", "the calendar whose turns keep to business days")
    .description("let a calendar skip or move its turns on other days")
    .option("--policy <policy>", "skip or next; none lets it come on every day", "skip")
    .option("--zone <zone>", "whose days are meant", "UTC")
    .option("--weekend <days>", "weekdays that are none, by comma", "SA,SU")
    .option("--calendar <id>", "the calendar of holidays, of the same owner")
    .option("--only <filter>", "holidays alone: category=NAME or keyword=WORD")
    .addHelpText("after", "\nExample:\n  calferry business-day keep k3v0q8x2m7c1a5ze --zone Asia/Seoul")
    .action(async (calendarId: string, options: KeepOptions, command: Command) => {
      const businessDays = options.policy === "none" ? null : readInput(BusinessDays, daysOf(options), "arguments");
      const ask = async (connection: Connection): Promise<CalendarView> => {
        const changed = await changeCalendar(calendarId, { businessDays }, connection, connection);
        return calendarView(changed, connection.now());
      };
      await answer(terminal, command, ask, tellCalendar);
    });
}

function daysOf({ policy, zone, weekend, calendar: calendarId, only }: KeepOptions): object {
  const days = weekend === "" ? [] : weekend.split(",");
  const holidays = calendarId === undefined ? {} : { holidays: { calendarId, ...(only === undefined ? {} : filterOf(only)) } };
  return { policy, zone, weekend: days, ...holidays };
}

/** Throws `usage-wrong`. */
function filterOf(text: string): { readonly category?: string; readonly keyword?: string } {
  const [, name, value = ""] = /^(category|keyword)=(.+)$/u.exec(text) ?? [];
  if (name === "category") return { category: value };
  if (name === "keyword") return { keyword: value };
  const what = `--only is ${shown(text)}, wanted category=NAME or keyword=WORD`;
  throw new Refusal("usage-wrong", what, "see: calferry business-day keep --help");
}

function tellTurns({ zone, turns, notes }: ComingTurns): string {
  const rows = turns.map(({ at, local, why }) => [at.slice(0, "2026-05-06T01:00:00".length), local, why.join("; ")]);
  const columns = [{ head: "UTC" }, { head: zone }, { head: "WHY" }];
  return [...notes, tableOf(columns, rows, "no coming turns")].join("\n");
}

function tellDay({ find, day, weekday, isBusinessDay, why, found, stale }: BusinessDayAnswer): string {
  const is = isBusinessDay ? "a business day" : `no business day (${why})`;
  return recordOf({
    day: `${day} ${weekday}, ${is}`,
    ...(find === "is" ? {} : { [find]: found ?? "none within a year" }),
    stale:
      stale === undefined
        ? undefined
        : `the holidays are the last good copy: ${stale.code} since ${stale.since ?? "the beginning"}`,
  });
}
