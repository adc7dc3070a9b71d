/** Options that say which letters a command means, and how it goes over them. */
import { Option } from "commander";
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import { LetterFilter, LetterState } from "../contract/letter.ts";
import type { Letter } from "../contract/letter.ts";
import { Refusal } from "../core/failure.ts";
import { chosenLetters } from "../sync/list-letters.ts";
import type { Connection } from "./terminal.ts";

export type FilterOptions = {
  readonly host?: string;
  readonly code?: string;
  readonly owner?: string;
  readonly kind?: string;
  readonly age?: string;
};
export type RunOptions = FilterOptions & { readonly all?: boolean; readonly dryRun?: boolean; readonly rate?: number };
export type ManyLetters = { readonly filter: LetterFilter };

export function withFilter(command: Command): Command {
  return command
    .option("--host <name>", "of this host")
    .option("--code <code>", "with this code")
    .option("--owner <name>", "of this owner's calendars and feeds")
    .option("--kind <kind>", "import, export, download or unreadable")
    .option("--age <time>", "last heard of longer ago: 90m, 2h, 3d");
}

export function withState(command: Command): Command {
  return command.addOption(new Option("--state <state>", "in this state").choices(LetterState.options).default("open"));
}

/** Besides the filter: what every command over many letters takes. */
export function withRun(command: Command): Command {
  return withFilter(command)
    .option("--all", "every letter that is not closed")
    .option("--dry-run", "only say which letters it would be")
    .option("--rate <n>", "letters a second at most", readRate);
}

export function filterOf({ host, code, owner, kind, age }: FilterOptions): LetterFilter {
  return readInput(LetterFilter, { host, code, owner, kind, age }, "arguments");
}

/** One letter by its id, or many by --all or a filter: never all of them by mistake. */
export function readMeant(letterId: string | undefined, options: RunOptions): { readonly letterId: string } | ManyLetters {
  const filter = filterOf(options);
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const ways = [letterId !== undefined, options.all === true, isFiltered].filter(Boolean).length;
  if (ways !== 1) {
    const what = `${ways === 0 ? "neither an id nor --all nor a filter" : "more than one of an id, --all and a filter"} was given`;
    throw new Refusal("usage-wrong", `${what}, wanted one of them`, "see: calferry dlq replay --help");
  }
  return letterId === undefined ? { filter } : { letterId };
}

/** Read before the first is touched, so that the run knows how far it is. */
export async function collectLetters(
  { letters, now }: Connection,
  { filter }: ManyLetters,
  states: readonly LetterState[],
): Promise<readonly Letter[]> {
  const chosen: Letter[] = [];
  for await (const letter of chosenLetters(letters, { states, filter, now: now() })) chosen.push(letter);
  return chosen;
}

function readRate(text: string): number {
  const rate = Number(text);
  if (rate > 0 && Number.isFinite(rate)) return rate;
  throw new Refusal("usage-wrong", `--rate is "${text.slice(0, 20)}", wanted a number above 0`, "see the command's --help");
}
