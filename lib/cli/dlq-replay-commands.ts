/** `calferry dlq replay` and `redrive`: send again what gave up, at the pace of each host. */
import type { Command } from "commander";

import type { Letter } from "../contract/letter.ts";
import { Refusal } from "../core/failure.ts";
import { refuseReplay, unknownLetter } from "../core/refusals.ts";
import { isReplaying } from "../core/replay.ts";
import { redriveLetters } from "../sync/redrive-letters.ts";
import type { RedriveReport } from "../sync/redrive-letters.ts";
import { replayLetter } from "../sync/replay-letter.ts";
import type { ReplayContext } from "../sync/replay-letter.ts";
import { replayLetters } from "../sync/replay-letters.ts";
import type { ReplaysReport } from "../sync/replay-letters.ts";
import { answer } from "./answer.ts";
import { collectLetters, readMeant, withRun } from "./letter-options.ts";
import type { ManyLetters, RunOptions } from "./letter-options.ts";
import { dryRunOf, tellDryRun, tellRedrive, tellReplays } from "./letter-views.ts";
import type { DryRun } from "./letter-views.ts";
import { beginLongRun } from "./long-run.ts";
import type { LongRun } from "./long-run.ts";
import type { Connection, QueueDepth, Terminal } from "./terminal.ts";

type ReplayOptions = RunOptions & { readonly wait?: boolean };
type RedriveOptions = Pick<RunOptions, "dryRun" | "rate">;
type DryRedrive = { readonly dryRun: true; readonly queues: readonly QueueDepth[] };

/** A host whose starts are all reserved has new ones after a while. */
const WAIT_MS = 60_000;
const CANCELLED = 130;

export function addReplayCommands(dlq: Command, terminal: Terminal): void {
  withRun(dlq.command("replay").argument("[id]"))
    .option("--wait", "until the hosts have a start for every letter")
    .description("send a letter's task again, with a fresh budget of attempts")
    .addHelpText("after", "\nExample:\n  calferry dlq replay --code source-dns --rate 50")
    .action(async (letterId: string | undefined, options: ReplayOptions, command: Command) => {
      const meant = readMeant(letterId, options);
      const ask = async (connection: Connection): Promise<ReplaysReport | DryRun> =>
        "letterId" in meant
          ? await replayOne(meant.letterId, connection)
          : await replayMany(meant, options, terminal, connection);
      await answer(terminal, command, ask, (report) => ("dryRun" in report ? tellDryRun(report, "replay") : tellReplays(report)));
    });
  dlq
    .command("redrive")
    .option("--dry-run", "only say how many messages lie there")
    .option("--rate <n>", "messages a second at most", Number)
    .description("send again what still lies in the dead letter queues in SQS")
    .addHelpText("after", "\nExample:\n  calferry dlq redrive --dry-run")
    .action(async (options: RedriveOptions, command: Command) => {
      if (options.rate !== undefined && !(options.rate > 0)) {
        throw new Refusal(
          "usage-wrong",
          `--rate is ${options.rate}, wanted a number above 0`,
          "see: calferry dlq redrive --help",
        );
      }
      const ask = async (connection: Connection): Promise<RedriveReport | DryRedrive> =>
        options.dryRun === true ? await countLying(connection) : await redrive(options, terminal, connection);
      await answer(terminal, command, ask, (report) => ("dryRun" in report ? tellLying(report) : tellRedrive(report)));
    });
}

async function replayOne(letterId: string, connection: Connection): Promise<ReplaysReport> {
  if ((await connection.letters.get(letterId)) === undefined) throw unknownLetter(letterId);
  const end = await replayLetter(letterId, connection, contextOf(connection));
  if (end.kind !== "sent") throw refuseReplay(letterId, end.kind);
  return { end: "done", replayed: [{ letterId, taskId: end.taskId, startAt: end.startAt }], waiting: 0, left: [] };
}

/** One that cannot be sent does not keep the others back. */
async function replayMany(
  meant: ManyLetters,
  { dryRun, rate, wait }: ReplayOptions,
  terminal: Terminal,
  connection: Connection,
): Promise<ReplaysReport | DryRun> {
  const chosen = await replayable(meant, connection);
  if (dryRun === true) return dryRunOf(chosen);
  const course = beginLongRun(terminal, chosen.length, rate);
  const context = { ...contextOf(connection), course };
  const first = await replayLetters(chosen, connection, context);
  const report = wait === true ? await replayRest(meant, first, connection, context) : first;
  course.end();
  if (report.end === "cancelled") terminal.endWith(CANCELLED);
  return report;
}

/** Goes on as long as letters wait for a start of their host. */
async function replayRest(
  meant: ManyLetters,
  first: ReplaysReport,
  connection: Connection,
  context: ReplayContext & { readonly course: LongRun },
): Promise<ReplaysReport> {
  let report = first;
  while (report.waiting > 0 && report.end === "done") {
    await context.course.wait(WAIT_MS);
    const next = await replayLetters(await replayable(meant, connection), connection, context);
    report = { ...next, replayed: [...report.replayed, ...next.replayed] };
  }
  return report;
}

/** Whatever is not closed; what another run marked lately is on its way. */
async function replayable(meant: ManyLetters, connection: Connection): Promise<readonly Letter[]> {
  const at = connection.now().toISOString();
  const letters = await collectLetters(connection, meant, ["open", "acknowledged", "replaying"]);
  return letters.filter((letter) => !isReplaying(letter, at));
}

async function redrive({ rate }: RedriveOptions, terminal: Terminal, connection: Connection): Promise<RedriveReport> {
  const { lanes } = await connection.operations();
  const course = beginLongRun(terminal, undefined, rate);
  const report = await redriveLetters(lanes, connection, { ...contextOf(connection), course });
  course.end();
  if (report.end === "cancelled") terminal.endWith(CANCELLED);
  return report;
}

async function countLying({ queues }: Connection): Promise<DryRedrive> {
  return { dryRun: true, queues: (await queues.depths()).filter(({ queue }) => queue.endsWith(" dlq")) };
}

function tellLying({ queues }: DryRedrive): string {
  const lines = queues.map(({ queue, waiting, inFlight }) => `${queue}: about ${waiting} messages, ${inFlight} in flight`);
  return `${lines.join("\n")}\nnothing was changed`;
}

function contextOf({ now, newId }: Connection): ReplayContext {
  return { now, newId, who: "terminal" };
}
