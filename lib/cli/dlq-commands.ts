/** `calferry dlq`: what gave up, and sending it again. */
import { Option } from "commander";
import type { Command } from "commander";

import type { Letter } from "../contract/letter.ts";
import { LetterState } from "../contract/letter.ts";
import { Refusal } from "../core/failure.ts";
import { refuseReplay, unknownLetter } from "../core/refusals.ts";
import { replayLetter } from "../sync/replay-letter.ts";
import { answer } from "./answer.ts";
import { everyPage } from "./every-page.ts";
import { ago, recordOf, tableOf } from "./table.ts";
import type { Connection, Terminal } from "./terminal.ts";

type ReplayReport = { readonly replayed: readonly Replayed[]; readonly left: readonly Left[] };
type Replayed = { readonly letterId: string; readonly taskId: string };
type Left = { readonly letterId: string; readonly code: string };

const COLUMNS = [
  { head: "LETTER" },
  { head: "CODE", width: 22 },
  { head: "TIMES", align: "right" as const },
  { head: "LAST" },
  { head: "HOST", width: 20 },
];

export function addDlqCommands(program: Command, terminal: Terminal): void {
  const dlq = program
    .command("dlq")
    .description("dead letters: list, show, replay")
    .addHelpText("after", "\nExample:\n  calferry dlq replay --all");
  dlq
    .command("list")
    .description("letters of one state")
    .addOption(new Option("--state <state>", "which").choices(LetterState.options).default("open"))
    .addHelpText("after", "\nExample:\n  calferry dlq list --state replaying")
    .action(async ({ state }: { readonly state: LetterState }, command: Command) => {
      const ask = async ({ letters }: Connection): Promise<Letter[]> => await everyPage((page) => letters.list(state, page));
      await answer(terminal, command, ask, (letters) => tellLetters(letters, state, terminal.now()));
    });
  dlq
    .command("show")
    .argument("<id>", "the letter")
    .description("one letter with its history")
    .addHelpText("after", "\nExample:\n  calferry dlq show import-k3v0q8x2m7c1a5ze")
    .action(async (letterId: string, _options: unknown, command: Command) => {
      await answer(terminal, command, async ({ letters }) => (await letters.get(letterId)) ?? refuse(letterId), tellLetter);
    });
  dlq
    .command("replay")
    .argument("[id]", "the letter")
    .option("--all", "every open letter")
    .description("send a letter's task again, with a fresh budget of attempts")
    .addHelpText("after", "\nExample:\n  calferry dlq replay --all")
    .action(async (letterId: string | undefined, { all }: { readonly all?: boolean }, command: Command) => {
      if ((letterId === undefined) !== (all === true)) {
        throw new Refusal("usage-wrong", "an id and --all are two ways, wanted one of them", "see: calferry dlq replay --help");
      }
      const ask = async (connection: Connection): Promise<ReplayReport> =>
        letterId === undefined ? await replayAll(connection) : { replayed: [await replayOne(letterId, connection)], left: [] };
      await answer(terminal, command, ask, tellReplay);
    });
}

async function replayOne(letterId: string, connection: Connection): Promise<Replayed> {
  const { letters, now, newId } = connection;
  if ((await letters.get(letterId)) === undefined) throw unknownLetter(letterId);
  const end = await replayLetter(letterId, connection, { now, newId, who: "terminal" });
  if (end.kind !== "sent") throw refuseReplay(letterId, end.kind);
  return { letterId, taskId: end.taskId };
}

/** One that cannot be sent must not keep the others back. */
async function replayAll(connection: Connection): Promise<ReplayReport> {
  const open = await everyPage((page) => connection.letters.list("open", page));
  const replayed: Replayed[] = [];
  const left: Left[] = [];
  for (const { letterId } of open) {
    try {
      replayed.push(await replayOne(letterId, connection));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      left.push({ letterId, code: error.code });
    }
  }
  return { replayed, left };
}

function refuse(letterId: string): never {
  throw unknownLetter(letterId);
}

function tellLetters(letters: readonly Letter[], state: LetterState, now: Date): string {
  const rows = letters.map(({ letterId, code, count, lastAt, host }) => [
    letterId,
    code,
    String(count),
    ago(lastAt, now),
    host ?? "-",
  ]);
  return tableOf(COLUMNS, rows, `no ${state} letters`);
}

function tellLetter(letter: Letter): string {
  const facts = recordOf({
    letter: letter.letterId,
    state: letter.state,
    code: letter.code,
    reason: letter.reason,
    calendar: letter.calendarId,
    feed: letter.feedId,
    host: letter.host,
    queue: letter.queue,
    times: `${letter.count} letters, ${letter.attempts} attempts, first ${letter.firstAt}, last ${letter.lastAt}`,
  });
  const history = letter.history.map(({ at, state, who, why }) => [at, state, who, why]);
  const columns = [{ head: "AT" }, { head: "STATE" }, { head: "WHO" }, { head: "WHY" }];
  return `${facts}\n\n${tableOf(columns, history, "no history")}`;
}

function tellReplay({ replayed, left }: ReplayReport): string {
  const lines = [
    ...replayed.map(({ letterId, taskId }) => `replayed ${letterId} as ${taskId}`),
    ...left.map(({ letterId, code }) => `left ${letterId}: ${code}`),
  ];
  return lines.length === 0 ? "no open letters" : lines.join("\n");
}
