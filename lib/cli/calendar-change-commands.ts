/** `calferry calendar set`, `find`, `clear` and `refresh`. */
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import { CalendarPatch } from "../contract/calendar.ts";
import type { CalendarView } from "../contract/calendar-view.ts";
import type { Run } from "../contract/run.ts";
import { Refusal } from "../core/failure.ts";
import { calendarView } from "../core/registry.ts";
import { shown } from "../core/refusals.ts";
import type { ChangeCounts } from "../core/runs.ts";
import { changeCalendar } from "../sync/change-calendar.ts";
import { findCalendar } from "../sync/find-calendar.ts";
import { refreshCalendar } from "../sync/refresh-calendar.ts";
import { answer } from "./answer.ts";
import { tellCalendar, tellRun } from "./calendar-views.ts";
import { readAuth } from "./read-auth.ts";
import { readEvery } from "./read-every.ts";
import type { AuthOptions } from "./read-auth.ts";
import { readPairs } from "./read-pairs.ts";
import type { Connection, Terminal } from "./terminal.ts";
import { failIfFailed, waitForRun } from "./wait.ts";

type SetOptions = AuthOptions & {
  readonly name?: string;
  readonly every?: string;
  readonly url?: string;
  readonly policy?: readonly string[];
  readonly externalId?: string;
  readonly meta?: readonly string[];
};

export function addCalendarChangeCommands(calendar: Command, terminal: Terminal): void {
  addSet(calendar, terminal);
  addFind(calendar, terminal);
  addClear(calendar, terminal);
  addRefresh(calendar, terminal);
}

function addSet(calendar: Command, terminal: Terminal): void {
  calendar
    .command("set")
    // Its help fits a screen without words on the id.
    .argument("<id>")
    .summary("change it; find it by its external id; empty a push calendar")
    .description("change it; what is not named stays, and an empty text removes")
    .option("--name <name>", "how people know it")
    .option("--every <minutes>", '5 10 15 30 60 ... 1440, or "CRON ZONE"')
    .option("--url <url>", "another address, asked at once, without the old secret")
    .option("--auth-user <name>", "user; password by CALFERRY_SOURCE_SECRET or stdin")
    .option("--auth-header <name>", "header; value from there as well")
    .option("--policy <pairs...>", "pastEvents=keep|mirror refreshHint= userAgent=")
    .option("--external-id <name>", "the app's own name of it")
    .option("--meta <pairs...>", "KEY=VALUE kept beside it; KEY= removes")
    .addHelpText("after", "\nExample:\n  calferry calendar set k3v0q8x2m7c1a5ze --every 30 --meta room=7")
    .action(async (calendarId: string, options: SetOptions, command: Command) => {
      const patch = await patchOf(options, terminal);
      const ask = async (connection: Connection): Promise<CalendarView> =>
        calendarView(await changeCalendar(calendarId, patch, connection, connection), connection.now());
      await answer(terminal, command, ask, tellCalendar);
    });
}

async function patchOf(options: SetOptions, terminal: Terminal): Promise<CalendarPatch> {
  const { name, every, url, policy, externalId, meta } = options;
  const asksNothing = options.authUser === "" || options.authHeader === "";
  const auth = asksNothing ? null : await readAuth(options, terminal);
  const source = { ...given("url", url), ...given("auth", auth) };
  const patch = {
    ...given("name", name),
    ...(every === undefined ? {} : readEvery(every)),
    ...given("policy", pairsOf(policy)),
    ...given("externalId", externalId === "" ? null : externalId),
    ...given("metadata", pairsOf(meta)),
    ...given("source", Object.keys(source).length === 0 ? undefined : source),
  };
  if (Object.keys(patch).length > 0) return readInput(CalendarPatch, patch, "arguments");
  throw new Refusal("usage-wrong", "no option says what to change, wanted at least one", "see: calferry calendar set --help");
}

function given<Value>(field: string, value: Value | undefined): Readonly<Record<string, Value>> {
  return value === undefined ? {} : { [field]: value };
}

/** Throws `usage-wrong`. An empty value removes. */
function pairsOf(texts: readonly string[] | undefined): Readonly<Record<string, string | null>> | undefined {
  if (texts === undefined) return undefined;
  return Object.fromEntries(Object.entries(readPairs(texts)).map(([key, value]) => [key, value === "" ? null : value]));
}

function addFind(calendar: Command, terminal: Terminal): void {
  calendar
    .command("find", { hidden: true })
    .argument("<external-id>", "the app's own name of it")
    .option("--owner <name>", "whose", "default")
    .description("the calendar with this external id")
    .addHelpText("after", "\nExample:\n  calferry calendar find room-7")
    .action(async (externalId: string, { owner }: { readonly owner: string }, command: Command) => {
      const ask = async (connection: Connection): Promise<CalendarView> => {
        const found = await findCalendar(owner, externalId, connection);
        if (found !== undefined) return calendarView(found, connection.now());
        const what = `owner ${shown(owner)} has no calendar with external id ${shown(externalId)}, wanted one that was registered with it`;
        throw new Refusal("calendar-unknown", what, "list them with: calferry calendar list");
      };
      await answer(terminal, command, ask, tellCalendar);
    });
}

function addClear(calendar: Command, terminal: Terminal): void {
  calendar
    .command("clear", { hidden: true })
    .argument("<id>", "the push calendar")
    .option("--if-match <version>", "only where it is still at that version")
    .description("take every event out of a push calendar, as one version")
    .addHelpText("after", "\nExample:\n  calferry calendar clear k3v0q8x2m7c1a5ze")
    .action(async (calendarId: string, { ifMatch }: { readonly ifMatch?: string }, command: Command) => {
      const conditions = { ifMatch: ifMatch === undefined ? undefined : `"${ifMatch.replaceAll('"', "")}"` };
      const ask = async (connection: Connection): Promise<ChangeCounts> => {
        // Loaded here: it reads calendars, and the other commands should not wait for that.
        const { clearCalendar } = await import("../sync/clear-calendar.ts");
        return await clearCalendar({ calendarId, conditions }, connection, connection);
      };
      const tell = ({ deleted, calendarVersion }: ChangeCounts): string =>
        `deleted ${deleted} events; version ${calendarVersion}`;
      await answer(terminal, command, ask, tell);
    });
}

function addRefresh(calendar: Command, terminal: Terminal): void {
  calendar
    .command("refresh", { hidden: true })
    .argument("<id>", "the calendar")
    .description("forget what its source said of its last answer, and import again")
    .option("--wait", "until the run has ended")
    .addHelpText("after", "\nExample:\n  calferry calendar refresh k3v0q8x2m7c1a5ze --wait")
    .action(async (calendarId: string, { wait }: { readonly wait?: boolean }, command: Command) => {
      const ask = async (connection: Connection): Promise<Run> => {
        const queued = await refreshCalendar(calendarId, connection, connection);
        if (wait !== true) return queued;
        const run = await waitForRun(terminal, connection, queued);
        failIfFailed(terminal, { ...run, reason: run.detail });
        return run;
      };
      await answer(terminal, command, ask, tellRun);
    });
}
