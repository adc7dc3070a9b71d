/** `calferry bulk`: the same done to many calendars, or to many feeds' links, by a filter. */
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import { BulkRequest } from "../contract/bulk.ts";
import type { BulkAction, BulkReport } from "../contract/bulk.ts";
import { Refusal } from "../core/failure.ts";
import { runBulk } from "../sync/run-bulk.ts";
import { answer } from "./answer.ts";
import { tellItems } from "./bulk-views.ts";
import { beginLongRun } from "./long-run.ts";
import { readPairs } from "./read-pairs.ts";
import { readText } from "./read-text.ts";
import { csvOf } from "./report-csv.ts";
import type { Connection, Terminal } from "./terminal.ts";

type Options = {
  readonly owner?: string;
  readonly name?: string;
  readonly meta?: readonly string[];
  readonly where?: readonly string[];
  readonly ids?: string;
  readonly all?: boolean;
  readonly since?: string;
  readonly dryRun?: boolean;
  readonly csv?: string;
};

/** As when Ctrl-C ends a process. */
const CANCELLED = 130;
/** Ids of one request. */
const IDS = 500;

export function addBulkCommands(program: Command, terminal: Terminal): void {
  const bulk = program
    .command("bulk")
    .description("many calendars by a filter; whole owners; the registry")
    .addHelpText("after", "\nExample:\n  calferry bulk pause --where host=calendars.example.org --dry-run");
  const add = (action: BulkAction, description: string, example: string): Command =>
    bulk
      .command(action)
      .description(description)
      .option("--owner <name>", "whose; everybody's if absent")
      .option("--name <part>", "with this in the name")
      .option("--ids <file>", "these, one a line; - is standard input")
      .option("--all", "without any filter")
      .option("--dry-run", "say what would be done")
      .option("--csv <file>", "write the report there as well")
      .addHelpText("after", `\nExample:\n  calferry bulk ${action} ${example}`)
      .action(async (options: Options, command: Command) => await run(action, options, terminal, command));
  ofCalendars(add("pause", "take active calendars off the wheel", "--where host=calendars.example.org"));
  ofCalendars(add("resume", "put paused and suspended calendars back", "--meta site=lisbon --where state=paused"));
  withSince(ofCalendars(add("sync", "import url calendars now, at their hosts' pace", "--where code=source-timeout")));
  withSince(
    ofCalendars(add("refresh", "read url calendars anew, whatever they say of change", "--owner team-a --where stale=true")),
  );
  add("revoke-links", "end every link of feeds at once", "--owner team-a --name Draft");
}

function ofCalendars(command: Command): Command {
  return command
    .option("--meta <pairs...>", "with these pairs KEY=VALUE")
    .option("--where <pairs...>", "host= code= kind= state= stale=, as calendar show has them");
}

function withSince(command: Command): Command {
  return command.option("--since <instant>", "not those asked for since then");
}

async function run(action: BulkAction, options: Options, terminal: Terminal, command: Command): Promise<void> {
  const requests = await requestsOf(action, options, terminal);
  await answer(
    terminal,
    command,
    async (connection) => {
      const report = await workAll(requests, terminal, connection);
      if (options.csv !== undefined) await terminal.writeFile(options.csv, Buffer.from(csvOf(report.items)));
      return report;
    },
    (report) => tellItems(report, "nothing is meant"),
  );
}

/** One, or one for each five hundred ids. */
async function requestsOf(action: BulkAction, options: Options, terminal: Terminal): Promise<readonly BulkRequest[]> {
  const { owner, all = false, since, dryRun = false, meta, ids, name, where = [] } = options;
  const metadata = meta === undefined ? undefined : readPairs(meta);
  const base = {
    action,
    // All of one owner's is no mistake.
    all: all || owner !== undefined,
    dryRun,
    ...(owner === undefined ? {} : { ownerId: owner }),
    ...(since === undefined ? {} : { since }),
  };
  const filter = { ...whereOf(where), ...(name === undefined ? {} : { name }), ...(metadata === undefined ? {} : { metadata }) };
  if (ids === undefined) return [readInput(BulkRequest, { ...base, filter }, "arguments")];
  const listed = (await readText(ids, terminal)).split(/[\s,]+/u).filter((id) => id !== "");
  if (listed.length === 0)
    throw new Refusal("usage-wrong", "--ids named no id, wanted one a line", `see: calferry bulk ${action} --help`);
  const chunks = Array.from({ length: Math.ceil(listed.length / IDS) }, (_, at) => listed.slice(at * IDS, (at + 1) * IDS));
  return chunks.map((chunk) => readInput(BulkRequest, { ...base, filter: { ...filter, ids: chunk } }, "arguments"));
}

/** What its fields may be the contract says. */
function whereOf(pairs: readonly string[]): Readonly<Record<string, unknown>> {
  const { stale, ...fields } = readPairs(pairs);
  const isBoolean = stale === "true" || stale === "false";
  return { ...fields, ...(stale === undefined ? {} : { stale: isBoolean ? stale === "true" : stale }) };
}

/** Part by part; Ctrl-C ends it between two of them, and the same command again does the rest. */
async function workAll(requests: readonly BulkRequest[], terminal: Terminal, connection: Connection): Promise<BulkReport> {
  const total = requests.reduce((sum, { filter }) => sum + (filter.ids?.length ?? 0), 0);
  const course = beginLongRun(terminal, total === 0 ? undefined : total, undefined, "calendars or feeds");
  const began = terminal.now().toISOString();
  const reports: BulkReport[] = [];
  let isWhole = true;
  for (const request of requests) {
    let cursor: string | undefined;
    do {
      if (course.isCancelled()) isWhole = false;
      if (!isWhole) break;
      const report = await runBulk({ ...request, cursor }, connection, connection);
      reports.push(report);
      await course.passed(report.seen);
      ({ cursor } = report);
    } while (cursor !== undefined);
  }
  course.end();
  const items = reports.flatMap((report) => report.items);
  if (!isWhole) {
    terminal.endWith(CANCELLED);
    terminal.complain(`broken off; sync and refresh leave out what is asked for already with: --since ${began}`);
  } else if (items.some(({ outcome }) => outcome === "failed")) terminal.endWith(1);
  const { action = "pause", dryRun = false } = requests[0] ?? {};
  const seen = reports.reduce((sum, report) => sum + report.seen, 0);
  return { action, dryRun, items, seen, ...(isWhole ? {} : { cursor: "more" }) };
}
