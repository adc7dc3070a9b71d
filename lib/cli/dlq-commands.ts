/** `calferry dlq`: what gave up, and what is done about it. */
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import { PageQuery } from "../contract/page.ts";
import type { LetterState } from "../contract/letter.ts";
import { letterView } from "../core/letter-choice.ts";
import type { LetterView } from "../contract/letter-view.ts";
import { unknownLetter } from "../core/refusals.ts";
import { chosenLetters, listLetters } from "../sync/list-letters.ts";
import type { Page } from "../sync/registry.ts";
import { answer } from "./answer.ts";
import { addMarkCommands } from "./dlq-mark-commands.ts";
import { addReplayCommands } from "./dlq-replay-commands.ts";
import { filterOf, withFilter, withState } from "./letter-options.ts";
import type { FilterOptions } from "./letter-options.ts";
import { tellLetter, tellLetters } from "./letter-views.ts";
import { addDlqPauseCommands } from "./pause-commands.ts";
import type { Connection, Globals, Terminal } from "./terminal.ts";

type ListOptions = FilterOptions & { readonly state: LetterState; readonly limit?: string; readonly cursor?: string };

export function addDlqCommands(program: Command, terminal: Terminal): void {
  const dlq = program
    .command("dlq")
    .description("dead letters: list, replay, close; imports kept aside")
    .addHelpText("after", "\nExample:\n  calferry dlq replay --host calendar.example.org");
  addList(dlq, terminal);
  dlq
    .command("show")
    .argument("<id>", "the letter")
    .description("one letter with its history")
    .addHelpText("after", "\nExample:\n  calferry dlq show import-k3v0q8x2m7c1a5ze")
    .action(async (letterId: string, _options: unknown, command: Command) => {
      await answer(terminal, command, async ({ letters }) => (await letters.get(letterId)) ?? refuse(letterId), tellLetter);
    });
  addMarkCommands(dlq, terminal);
  addReplayCommands(dlq, terminal);
  addExport(dlq, terminal);
  addDlqPauseCommands(dlq, terminal);
}

function addList(dlq: Command, terminal: Terminal): void {
  withState(withFilter(dlq.command("list")))
    .option("--limit <n>", "letters of one page (50 if absent)")
    .option("--cursor <text>", "what the page before gave")
    .description("letters of one state, the newest first")
    .addHelpText("after", "\nExample:\n  calferry dlq list --state replaying --age 2h")
    .action(async ({ state, limit, cursor, ...filterOptions }: ListOptions, command: Command) => {
      const page = readInput(PageQuery, { limit, cursor }, "arguments");
      const filter = filterOf(filterOptions);
      const ask = async ({ letters, now }: Connection): Promise<Page<LetterView>> => {
        const found = await listLetters(letters, { state, filter, now: now() }, { limit: page.limit, cursor: page.cursor });
        return { ...found, items: found.items.map(letterView) };
      };
      await answer(terminal, command, ask, (found) => tellLetters(found, state, terminal.now()));
    });
}

/** One line a letter as it is read, so that any number of them can be piped on. */
function addExport(dlq: Command, terminal: Terminal): void {
  withState(withFilter(dlq.command("export")))
    .description("letters of one state as NDJSON, without the messages' bodies")
    .addHelpText("after", "\nExample:\n  calferry dlq export --state resolved > letters.ndjson")
    .action(async ({ state, ...filterOptions }: ListOptions, command: Command) => {
      const filter = filterOf(filterOptions);
      const { letters, now } = await terminal.connect(command.optsWithGlobals<Globals>());
      for await (const letter of chosenLetters(letters, { states: [state], filter, now: now() })) {
        terminal.print(JSON.stringify(letterView(letter)));
      }
    });
}

function refuse(letterId: string): never {
  throw unknownLetter(letterId);
}
