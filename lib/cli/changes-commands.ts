/** `calferry changes tail` follows what apps hear; `calferry changes list` says what a receiver missed. */
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import { ChangesQuery } from "../contract/change.ts";
import type { ChangesPage } from "../contract/changes-page.ts";
import { listChanges } from "../sync/list-changes.ts";
import { answer } from "./answer.ts";
import { KINDS, readHeard, tellHeard, tellPage } from "./changes-views.ts";
import { tellLine } from "./tell-error.ts";
import type { Connection, Ear, Globals, Terminal } from "./terminal.ts";

type TailOptions = Globals & {
  readonly calendar?: string;
  readonly feed?: string;
  readonly owner?: string;
  readonly kind?: string[];
  readonly count?: number;
};

export function addChangesCommands(program: Command, terminal: Terminal): void {
  const changes = program
    .command("changes", { hidden: true })
    .description("what apps hear of calendars and feeds")
    .addHelpText("after", "\nExample:\n  calferry changes tail --local");
  changes
    .command("tail")
    .description("follow the changes topic until Ctrl-C")
    .option("--calendar <id>", "of this calendar alone")
    .option("--feed <id>", "of this feed alone")
    .option("--owner <id>", "of this owner alone")
    .addOption(new Option("--kind <kinds...>", "of these kinds alone").choices(KINDS))
    .option("--count <n>", "end after so many messages", countOf)
    .addHelpText("after", "\nExample:\n  calferry changes tail --kind import.failed hold.opened")
    .action(async (_options: unknown, command: Command) => {
      await tail(terminal, command.optsWithGlobals<TailOptions>());
    });
  changes
    .command("list")
    .argument("<calendar>", "its id")
    .requiredOption("--from <version>", "the version that a receiver has; 0 for nothing")
    .option("--limit <n>", "messages at most (50 if absent)")
    .option("--cursor <cursor>", "of the page before")
    .description("what changed after a version, kept for 30 days")
    .addHelpText("after", "\nExample:\n  calferry changes list k3v0q8x2m7c1a5ze --from 12")
    .action(async (calendarId: string, _options: unknown, command: Command) => {
      const { from, limit, cursor } = command.opts<Readonly<Record<string, string>>>();
      const query = readInput(ChangesQuery, { from, limit, cursor }, "arguments");
      const ask = async (connection: Connection): Promise<ChangesPage> =>
        await listChanges(calendarId, query, connection, connection.now());
      await answer(terminal, command, ask, tellPage);
    });
}

async function tail(terminal: Terminal, options: TailOptions): Promise<void> {
  const { json, calendar, feed, owner, kind, count = Number.POSITIVE_INFINITY } = options;
  const connection = await terminal.connect(options);
  const ear = await connection.ear();
  const signal = terminal.interruption?.() ?? new AbortController().signal;
  try {
    const swept = await ear.sweep(terminal.now());
    if (swept > 0) terminal.complain(`calferry: took away ${swept} queues that killed listeners had left`);
    await ear.open(connection.newId(), { calendarId: listOf(calendar), feedId: listOf(feed), ownerId: listOf(owner), kind });
    terminal.complain("calferry: listening; Ctrl-C ends it");
    await follow(ear, signal, { left: count, print: (body) => terminal.print(json === true ? body : lineOf(body, terminal)) });
  } finally {
    await ear.close();
  }
}

async function follow(
  ear: Ear,
  signal: AbortSignal,
  reader: { left: number; readonly print: (body: string) => void },
): Promise<void> {
  while (!signal.aborted && reader.left > 0) {
    const bodies = (await ear.listen(signal)).slice(0, reader.left);
    for (const body of bodies) reader.print(body);
    reader.left -= bodies.length;
  }
}

function lineOf(body: string, terminal: Terminal): string {
  const message = readHeard(body);
  const at = terminal.now().toISOString();
  return message === undefined ? tellLine("message-invalid", "a message of another release") : tellHeard(message, at);
}

function listOf(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value];
}

function countOf(value: string): number {
  if (/^[1-9]\d{0,5}$/u.test(value)) return Number(value);
  throw new InvalidArgumentError("wanted a whole number from 1 on.");
}
