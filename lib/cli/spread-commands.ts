/** `calferry event spread` and `withdraw`: one event in many push calendars. */
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import { EventSpread } from "../contract/event-spread.ts";
import type { SpreadReport } from "../contract/event-spread.ts";
import { spreadEvent } from "../sync/spread-event.ts";
import { answer } from "./answer.ts";
import { beginLongRun } from "./long-run.ts";
import { parseJson, readText } from "./read-text.ts";
import { readPairs } from "./read-pairs.ts";
import { tableOf } from "./table.ts";
import type { Connection, Terminal } from "./terminal.ts";

type Options = {
  readonly owner: string;
  readonly name?: string;
  readonly meta?: readonly string[];
  readonly calendars?: readonly string[];
  readonly dryRun?: boolean;
};

const COLUMNS = [{ head: "CALENDAR" }, { head: "NAME", width: 24 }, { head: "OUTCOME" }, { head: "CODE", width: 24 }];
/** As when Ctrl-C ends a process. */
const CANCELLED = 130;

export function addSpreadCommands(event: Command, terminal: Terminal): void {
  withFilter(event.command("spread"))
    .argument("<uid>", "the event's UID")
    .argument("[file]", "JSON; standard input if absent", "-")
    .description("put one event into every push calendar that is meant")
    .addHelpText("after", "\nExample:\n  calferry event spread closed-2026-12-24 closed.json --meta site=lisbon")
    .action(async (uid: string, file: string, options: Options, command: Command) => {
      const content = parseJson(await readText(file, terminal));
      await run({ action: "put", uid, event: content }, options, terminal, command);
    });
  withFilter(event.command("withdraw"))
    .argument("<uid>", "the event's UID")
    .description("delete one event from every push calendar that is meant")
    .addHelpText("after", "\nExample:\n  calferry event withdraw closed-2026-12-24 --dry-run")
    .action(async (uid: string, options: Options, command: Command) => {
      await run({ action: "withdraw", uid }, options, terminal, command);
    });
}

function withFilter(command: Command): Command {
  return command
    .option("--owner <name>", "whose", "default")
    .option("--name <part>", "calendars with this in their name")
    .option("--meta <pairs...>", "calendars with these pairs KEY=VALUE")
    .option("--calendars <ids...>", "these calendars")
    .option("--dry-run", "say what would be done");
}

async function run(what: object, options: Options, terminal: Terminal, command: Command): Promise<void> {
  const { owner: ownerId, name, meta, calendars: calendarIds, dryRun = false } = options;
  const filter = {
    ...(name === undefined ? {} : { name }),
    ...(meta === undefined ? {} : { metadata: readPairs(meta) }),
    ...(calendarIds === undefined ? {} : { calendarIds }),
  };
  const spread = readInput(EventSpread, { ...what, ownerId, filter, dryRun }, "arguments");
  await answer(terminal, command, async (connection) => await workAll(spread, terminal, connection), tell);
}

/** Part by part; Ctrl-C ends it between two of them, and the same command again does the rest. */
async function workAll(spread: EventSpread, terminal: Terminal, connection: Connection): Promise<SpreadReport> {
  const course = beginLongRun(terminal, undefined, undefined, "calendars");
  let report = await spreadEvent(spread, connection, connection);
  await course.passed(report.seen);
  while (report.cursor !== undefined && !course.isCancelled()) {
    const next = await spreadEvent({ ...spread, cursor: report.cursor }, connection, connection);
    await course.passed(next.seen);
    report = { ...next, items: [...report.items, ...next.items], seen: report.seen + next.seen };
  }
  course.end();
  if (report.cursor !== undefined) terminal.endWith(CANCELLED);
  else if (report.items.some(({ outcome }) => outcome === "failed")) terminal.endWith(1);
  return report;
}

function tell({ items, dryRun, cursor }: SpreadReport): string {
  const rows = items.map(({ calendarId, name, outcome, code = "" }) => [calendarId, name, outcome, code]);
  const counts = [...Map.groupBy(items, ({ outcome }) => outcome)].map(([outcome, own]) => `${own.length} ${outcome}`);
  const end = cursor === undefined ? [] : ["cancelled: the same command again does the rest"];
  const dry = dryRun ? ["nothing was changed"] : [];
  return [tableOf(COLUMNS, rows, "no push calendar is meant"), counts.join(", "), ...end, ...dry]
    .filter((line) => line !== "")
    .join("\n");
}
