/** `calferry registry`: everything that was asked for out into a file, and into an empty stack. */
import { promises as files } from "node:fs";

import type { Command } from "commander";

import { Refusal } from "../core/failure.ts";
import { nameOfLine, textOfLine } from "../core/registry-file.ts";
import { shown } from "../core/refusals.ts";
import { exportRegistry } from "../sync/export-registry.ts";
import { checkRegistry, requireEmpty } from "../sync/check-registry.ts";
import type { CheckedRegistry } from "../sync/check-registry.ts";
import { applyRegistry } from "../sync/import-registry.ts";
import type { Applied } from "../sync/import-registry.ts";
import { answer } from "./answer.ts";
import { beginLongRun } from "./long-run.ts";
import { recordOf } from "./table.ts";
import type { Connection, Terminal } from "./terminal.ts";

type Counts = Readonly<Record<string, number>>;
type Exported = { readonly file: string; readonly records: Counts };
type Imported = {
  readonly dryRun: boolean;
  readonly withEvents: boolean;
  readonly counts: Readonly<Record<"made" | "there" | "failed", number>> | Counts;
  readonly failed: readonly { readonly kind: string; readonly id: string; readonly code: string | undefined }[];
  readonly cancelled: boolean;
};

/** The owner of the file alone. */
const SECRET_MODE = 0o600;
/** As when Ctrl-C ends a process. */
const CANCELLED = 130;
const SECRET = "the file holds every source's url and login and the hashes of keys and links: keep it as a secret";

export function addRegistryCommands(program: Command, terminal: Terminal): void {
  const registry = program
    .command("registry", { hidden: true })
    .description("the whole registry out into a file, and into an empty stack")
    .addHelpText("after", "\nExample:\n  calferry registry export registry.ndjson --with-events");
  registry
    .command("export")
    .argument("<file>", "made anew; it is a secret, readable by you alone")
    .description("write what owners and operators asked for, a JSON line a record")
    .option("--with-events", "the last good copies and what feeds publish as well")
    .addHelpText("after", "\nExample:\n  calferry registry export registry.ndjson --with-events")
    .action(async (file: string, { withEvents = false }: { readonly withEvents?: boolean }, command: Command) => {
      terminal.complain(SECRET);
      await answer(
        terminal,
        command,
        async (connection) => await exportAll(file, withEvents, terminal, connection),
        tellExported,
      );
    });
  registry
    .command("import")
    .argument("<file>", "of registry export")
    .description("what the file has and the stack has not; the same again is no harm")
    .option("--dry-run", "check the file and count its records")
    .option("--merge", "into a stack that has other calendars or feeds")
    .addHelpText("after", "\nExample:\n  calferry registry import registry.ndjson --dry-run")
    .action(async (file: string, options: { readonly dryRun?: boolean; readonly merge?: boolean }, command: Command) => {
      await answer(terminal, command, async (connection) => await importAll(file, options, terminal, connection), tellImported);
    });
}

/** Under another name until it is whole: nobody takes a part for all. */
async function exportAll(file: string, withEvents: boolean, terminal: Terminal, connection: Connection): Promise<Exported> {
  const course = beginLongRun(terminal, undefined, undefined, "records");
  const counts = new Map<string, number>();
  const part = `${file}.part`;
  await files.rm(part, { force: true });
  const out = await files.open(part, "wx", SECRET_MODE).catch(unwritable(file));
  try {
    for await (const line of exportRegistry({ withEvents }, connection, connection.now())) {
      await out.write(textOfLine(line));
      counts.set(line.kind, (counts.get(line.kind) ?? 0) + 1);
      await course.passed(1);
    }
  } finally {
    await out.close();
  }
  await files.rename(part, file);
  course.end();
  const { registry: _first, end: _last, ...records } = Object.fromEntries(counts);
  return { file, records };
}

async function importAll(
  file: string,
  { dryRun = false, merge = false }: { readonly dryRun?: boolean; readonly merge?: boolean },
  terminal: Terminal,
  connection: Connection,
): Promise<Imported> {
  const checked = await checkRegistry(linesOf(file));
  if (!merge) await requireEmpty(checked, connection);
  const { withEvents } = checked;
  if (dryRun) return { dryRun, withEvents, counts: checked.counts, failed: [], cancelled: false };
  const applied = await applyAll(file, checked, terminal, connection);
  if (applied.cancelled) terminal.endWith(CANCELLED);
  else if (applied.failed.length > 0) terminal.endWith(1);
  return { dryRun, withEvents, ...applied };
}

async function applyAll(
  file: string,
  checked: CheckedRegistry,
  terminal: Terminal,
  connection: Connection,
): Promise<Pick<Imported, "counts" | "failed" | "cancelled">> {
  const total = Object.values(checked.counts).reduce((sum, count) => sum + count, 0);
  const course = beginLongRun(terminal, total, undefined, "records");
  const counts = { made: 0, there: 0, failed: 0 };
  const failed: Applied[] = [];
  for await (const one of applyRegistry(linesOf(file), connection, connection)) {
    counts[one.outcome] += 1;
    if (one.outcome === "failed") failed.push(one);
    await course.passed(1);
    if (course.isCancelled()) break;
  }
  course.end();
  const told = failed.map(({ line, code }) => ({ kind: line.kind, id: nameOfLine(line), code }));
  return { counts, failed: told, cancelled: course.isCancelled() };
}

/** Throws `file-unreadable`. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const opened = await files.open(file, "r").catch((cause: unknown) => {
    const what = `file ${shown(file)} gave ${codeOf(cause)}, wanted a readable file`;
    throw new Refusal("file-unreadable", what, "check path and permissions", { cause });
  });
  yield* opened.readLines();
}

function unwritable(file: string): (cause: unknown) => never {
  return (cause) => {
    const what = `file ${shown(file)} gave ${codeOf(cause)}, wanted a place where it can be written`;
    throw new Refusal("file-unreadable", what, "check path and permissions", { cause });
  };
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "an unknown error";
}

function tellExported({ file, records }: Exported): string {
  return recordOf({ file, records: tellCounts(records) });
}

function tellImported({ dryRun, withEvents, counts, failed, cancelled }: Imported): string {
  const lines = [
    recordOf({ records: tellCounts(counts), events: withEvents ? "with the last good copies" : "none in the file" }),
  ];
  lines.push(...failed.map(({ kind, id, code }) => `${kind} ${id} was refused: ${code}`));
  if (dryRun) lines.push("nothing was changed");
  if (cancelled) lines.push("cancelled: the same command again does the rest");
  if (!dryRun && !withEvents) lines.push("each calendar is imported at its next turn, or now with: calferry bulk sync --all");
  return lines.join("\n");
}

function tellCounts(counts: Counts): string {
  const said = Object.entries(counts).map(([kind, count]) => `${count} ${kind}`);
  return said.length === 0 ? "none" : said.join(", ");
}
