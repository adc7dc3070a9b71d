/** `calferry calendar`: add, list, show, sync and remove; versions and rollback stand beside. */
import type { Command } from "commander";

import { viewCalendar } from "../api/calendar-views.ts";
import { readInput } from "../api/read-input.ts";
import { CalendarDraft } from "../contract/calendar.ts";
import type { SourceAuth } from "../contract/calendar.ts";
import { Refusal } from "../core/failure.ts";
import { calendarView } from "../core/registry.ts";
import type { CalendarView } from "../contract/calendar-view.ts";
import { oneOffTaskId } from "../core/runs.ts";
import { createCalendar } from "../sync/create-calendar.ts";
import { removeCalendar } from "../sync/remove-calendar.ts";
import { syncNow } from "../sync/sync-now.ts";
import { answer } from "./answer.ts";
import { addCalendarChangeCommands } from "./calendar-change-commands.ts";
import { addCalendarListCommands } from "./calendar-list-commands.ts";
import { addCalendarPauseCommands } from "./calendar-pause-commands.ts";
import { tellCalendar, tellCalendars, tellRun } from "./calendar-views.ts";
import { everyPage } from "./every-page.ts";
import { readAuth } from "./read-auth.ts";
import { readEvery } from "./read-every.ts";
import type { AuthOptions } from "./read-auth.ts";
import type { Connection, Terminal } from "./terminal.ts";
import { addVersionCommands } from "./version-commands.ts";
import { failIfFailed, waitForOutcome, waitForRun } from "./wait.ts";

type AddOptions = {
  readonly name?: string;
  readonly every: string;
  readonly push?: boolean;
  readonly externalId?: string;
  readonly owner: string;
  readonly wait?: boolean;
  readonly sync: boolean;
} & AuthOptions;

export function addCalendarCommands(program: Command, terminal: Terminal): void {
  const calendar = program
    .command("calendar")
    // Its help fits a screen without a line about help.
    .helpCommand(false)
    .description("add, list, show, sync, versions, rollback, remove")
    .addHelpText("after", "\nExample:\n  calferry calendar list --local");
  addAdd(calendar, terminal);
  calendar
    .command("list")
    .description("one owner's calendars")
    .option("--owner <name>", "whose", "default")
    .addHelpText("after", "\nExample:\n  calferry calendar list --json")
    .action(async ({ owner }: { readonly owner: string }, command: Command) => {
      const ask = async ({ calendars }: Connection): Promise<CalendarView[]> =>
        (await everyPage((page) => calendars.list(owner, page))).map((loaded) => calendarView(loaded, terminal.now()));
      await answer(terminal, command, ask, (views) => tellCalendars(views, terminal.now()));
    });
  calendar
    .command("show")
    .argument("<id>", "the calendar")
    .description("one calendar: state, last outcome, next turn")
    .addHelpText("after", "\nExample:\n  calferry calendar show k3v0q8x2m7c1a5ze")
    .action(async (calendarId: string, _options: unknown, command: Command) => {
      const ask = async ({ calendars, now }: Connection): Promise<CalendarView> =>
        await viewCalendar(calendarId, calendars, now());
      await answer(terminal, command, ask, tellCalendar);
    });
  addCalendarListCommands(calendar, terminal);
  addCalendarChangeCommands(calendar, terminal);
  addSync(calendar, terminal);
  addVersionCommands(calendar, terminal);
  addRemove(calendar, terminal);
  addCalendarPauseCommands(calendar, terminal);
}

function addAdd(calendar: Command, terminal: Terminal): void {
  calendar
    .command("add")
    .argument("[url]")
    .summary("register one by its ICS feed's address, or one that an app writes")
    .description("register a calendar by its ICS feed's address, a secret, and import it")
    .option("--name <name>", "how people know it (the host's name if absent)")
    .option("--every <minutes>", '5 10 15 30 60 ... 1440, or "CRON ZONE"', "60")
    .option("--push", "a calendar without url that an app writes")
    .option("--owner <name>", "whose it is", "default")
    .option("--auth-user <name>", "user; password by CALFERRY_SOURCE_SECRET or stdin")
    .option("--auth-header <name>", "header; value from there as well")
    .option("--external-id <name>", "the app's own name of it")
    .option("--wait", "until the first import has ended")
    .option("--no-sync", "wait for its turn instead of importing at once")
    .addHelpText("after", "\nExample:\n  calferry calendar add https://example.org/team.ics --name Team --every 30")
    .action(async (url: string | undefined, options: AddOptions, command: Command) => {
      const draft = draftOf(url, options, await readAuth(options, terminal));
      const ask = async (connection: Connection): Promise<CalendarView> => {
        const { calendar: added } = await createCalendar(draft, connection, connection);
        const { calendarId } = added;
        const isDue = added.source.kind === "url" && added.state === "active" && options.sync;
        if (options.wait !== true || !isDue) return await viewCalendar(calendarId, connection.calendars, connection.now());
        const loaded = await waitForOutcome(terminal, connection, calendarId);
        if (loaded.checkpoint.outcome !== undefined) failIfFailed(terminal, loaded.checkpoint.outcome);
        return calendarView(loaded, terminal.now());
      };
      const tell = (view: CalendarView): string =>
        `${tellCalendar(view)}\n\npublish it: calferry feed create --name NAME ${view.calendarId}`;
      await answer(terminal, command, ask, tell);
    });
}

function addSync(calendar: Command, terminal: Terminal): void {
  calendar
    .command("sync")
    .argument("<id>", "the calendar")
    .description("import it now, besides its turns")
    .option("--wait", "until the run has ended")
    .addHelpText("after", "\nExample:\n  calferry calendar sync k3v0q8x2m7c1a5ze --wait")
    .action(async (calendarId: string, { wait }: { readonly wait?: boolean }, command: Command) => {
      const ask = async (connection: Connection): ReturnType<typeof syncNow> => {
        const queued = await syncNow(calendarId, connection, connection);
        if (wait !== true) return queued;
        const run = await waitForRun(terminal, connection, queued);
        failIfFailed(terminal, { ...run, reason: run.detail });
        return run;
      };
      await answer(terminal, command, ask, tellRun);
    });
}

function addRemove(calendar: Command, terminal: Terminal): void {
  calendar
    .command("remove")
    .argument("<id>", "the calendar")
    .description("take it out; its feeds are built again without it")
    .addHelpText("after", "\nExample:\n  calferry calendar remove k3v0q8x2m7c1a5ze")
    .action(async (calendarId: string, _options: unknown, command: Command) => {
      const ask = async (connection: Connection): Promise<{ calendarId: string; state: "removed"; feeds: readonly string[] }> => {
        const newTaskId = (): string => oneOffTaskId(connection.now().toISOString(), connection.newId());
        return { calendarId, state: "removed", feeds: await removeCalendar(calendarId, connection, newTaskId) };
      };
      await answer(
        terminal,
        command,
        ask,
        ({ feeds }) => `removed calendar ${calendarId}; ${feeds.length} feeds are built again without it`,
      );
    });
}

function draftOf(url: string | undefined, options: AddOptions, auth: SourceAuth | undefined): CalendarDraft {
  if ((url === undefined) !== (options.push === true)) {
    const seen = url === undefined ? "neither a url nor --push" : "a url and --push";
    throw new Refusal("usage-wrong", `${seen} was given, wanted one of them`, "see: calferry calendar add --help");
  }
  const draft = {
    name: options.name,
    ownerId: options.owner,
    externalId: options.externalId,
    source: url === undefined ? { kind: "push" } : { kind: "url", url, ...(auth === undefined ? {} : { auth }) },
    ...readEvery(options.every),
    firstImport: options.sync ? "now" : "turn",
  };
  return readInput(CalendarDraft, draft, "arguments");
}
