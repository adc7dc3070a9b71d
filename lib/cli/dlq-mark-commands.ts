/** `calferry dlq ack` and `discard`: say of letters that somebody works on them, or that nobody will. */
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import { LetterDiscard } from "../contract/letter.ts";
import type { LetterState } from "../contract/letter.ts";
import { refuseMark, unknownLetter } from "../core/refusals.ts";
import { markLetter, markLetters } from "../sync/mark-letter.ts";
import type { Mark, MarksReport } from "../sync/mark-letter.ts";
import { answer } from "./answer.ts";
import { collectLetters, readMeant, withRun } from "./letter-options.ts";
import type { ManyLetters, RunOptions } from "./letter-options.ts";
import { dryRunOf, tellDryRun, tellMarks } from "./letter-views.ts";
import type { DryRun } from "./letter-views.ts";
import { beginLongRun } from "./long-run.ts";
import type { Connection, Terminal } from "./terminal.ts";

type MarkOptions = RunOptions & { readonly why: string };
type Verb = { readonly state: Mark["state"]; readonly name: string; readonly from: readonly LetterState[] };

const ACK: Verb = { state: "acknowledged", name: "ack", from: ["open"] };
const DISCARD: Verb = { state: "discarded", name: "discard", from: ["open", "acknowledged"] };

export function addMarkCommands(dlq: Command, terminal: Terminal): void {
  withRun(dlq.command("ack").argument("[id]"))
    .option("--why <text>", "stands in the history", "seen")
    .description("say that somebody works on it; it stays until it is done")
    .addHelpText("after", '\nExample:\n  calferry dlq ack --code source-tls --why "host asked, ticket 7"')
    .action(async (letterId: string | undefined, options: MarkOptions, command: Command) => {
      await run(ACK, letterId, options, { terminal, command });
    });
  withRun(dlq.command("discard").argument("[id]"))
    .requiredOption("--why <text>", "stands in the history")
    .description("close it without its work being done")
    .addHelpText("after", '\nExample:\n  calferry dlq discard --host old.example.org --why "host gone"')
    .action(async (letterId: string | undefined, options: MarkOptions, command: Command) => {
      await run(DISCARD, letterId, options, { terminal, command });
    });
}

async function run(
  verb: Verb,
  letterId: string | undefined,
  options: MarkOptions,
  { terminal, command }: { readonly terminal: Terminal; readonly command: Command },
): Promise<void> {
  const meant = readMeant(letterId, options);
  const { why } = readInput(LetterDiscard, { why: options.why }, "arguments");
  const ask = async (connection: Connection): Promise<MarksReport | DryRun> => {
    const mark: Mark = { state: verb.state, who: "terminal", why, now: connection.now };
    if ("letterId" in meant) return await markOne(meant.letterId, mark, connection);
    return await markMany(meant, { verb, mark, options, terminal }, connection);
  };
  await answer(terminal, command, ask, (report) =>
    "dryRun" in report ? tellDryRun(report, verb.name) : tellMarks(report, verb.state),
  );
}

async function markOne(letterId: string, mark: Mark, { letters }: Connection): Promise<MarksReport> {
  const marked = await markLetter(letterId, mark, letters);
  if (marked === "unknown") throw unknownLetter(letterId);
  if (marked === "not-open") throw refuseMark(letterId, mark.state);
  return { end: "done", marked: [letterId], left: [] };
}

async function markMany(
  meant: ManyLetters,
  how: { readonly verb: Verb; readonly mark: Mark; readonly options: RunOptions; readonly terminal: Terminal },
  connection: Connection,
): Promise<MarksReport | DryRun> {
  const { verb, mark, options, terminal } = how;
  const chosen = await collectLetters(connection, meant, verb.from);
  if (options.dryRun === true) return dryRunOf(chosen);
  const course = beginLongRun(terminal, chosen.length, options.rate);
  const report = await markLetters(chosen, mark, connection.letters, course);
  course.end();
  if (report.end === "cancelled") terminal.endWith(130);
  return report;
}
