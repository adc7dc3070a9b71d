/** `calferry calendar versions` and `calferry calendar rollback`. */
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import { RollbackRequest } from "../contract/hold.ts";
import type { Run } from "../contract/run.ts";
import { listVersions } from "../sync/list-versions.ts";
import type { VersionView } from "../contract/calendar-view.ts";
import { answer } from "./answer.ts";
import { tellRun } from "./calendar-views.ts";
import { tableOf } from "./table.ts";
import type { Connection, Terminal } from "./terminal.ts";

const COLUMNS = [
  { head: "VERSION", align: "right" as const },
  { head: "READ AT" },
  { head: "EVENTS", align: "right" as const },
  { head: "" },
];

export function addVersionCommands(calendar: Command, terminal: Terminal): void {
  calendar
    .command("versions")
    .argument("<id>", "the calendar")
    .description("what can be brought back, newest first")
    .addHelpText("after", "\nExample:\n  calferry calendar versions k3v0q8x2m7c1a5ze")
    .action(async (calendarId: string, _options: unknown, command: Command) => {
      const ask = async (connection: Connection): Promise<VersionView[]> => await listVersions(calendarId, connection);
      await answer(terminal, command, ask, tellVersions);
    });
  calendar
    .command("rollback")
    .argument("<id>", "the calendar")
    .option("--to <version>", "one of `calendar versions` (the one before the present if absent)")
    .description("bring an older version back, as a new one")
    .addHelpText("after", "\nExample:\n  calferry calendar rollback k3v0q8x2m7c1a5ze --to 12")
    .action(async (calendarId: string, { to }: { readonly to?: string }, command: Command) => {
      const asked = to === undefined ? {} : { toVersion: /^\d{1,15}$/u.test(to) ? Number(to) : to };
      const { toVersion } = readInput(RollbackRequest, asked, "arguments");
      const ask = async (connection: Connection): Promise<Run> => {
        // Loaded here: it reads calendars, and the other commands should not wait for that.
        const { rollbackCalendar } = await import("../sync/rollback-calendar.ts");
        return await rollbackCalendar({ calendarId, toVersion }, connection, connection);
      };
      await answer(terminal, command, ask, tellRun);
    });
}

function tellVersions(versions: readonly VersionView[]): string {
  const rows = versions.map(({ calendarVersion, takenAt, eventCount, isPresent }) => [
    String(calendarVersion),
    takenAt,
    String(eventCount),
    isPresent ? "present" : "",
  ]);
  return tableOf(COLUMNS, rows, "nothing was imported yet");
}
