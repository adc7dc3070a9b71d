/** What was tried, as tables: per file, each survivor with its place, and the share that was found. */
import type { Equivalents } from "./equivalent.ts";
import type { Tried } from "./try-all.ts";

const NAME_WIDTH = 34;
const WIDTH = 11;
const LINE_SHOWN = 100;

export type Share = { readonly found: number; readonly of: number };

/** The invalid count in neither; the equivalent ones only where they are asked for. */
export function shareOf(tried: readonly Tried[], equivalents: Equivalents): Share {
  const counted = tried.filter(
    ({ mutant, outcome }) => outcome.kind !== "invalid" && !(equivalents.has(mutant.id) && !isFound(outcome)),
  );
  return { found: counted.filter(({ outcome }) => isFound(outcome)).length, of: counted.length };
}

export function percentOf({ found, of }: Share): number {
  return of === 0 ? 100 : (100 * found) / of;
}

export function tellReport(tried: readonly Tried[], equivalents: Equivalents): string {
  const files = Map.groupBy(tried, ({ mutant }) => mutant.file);
  const rows = [...files].map(([file, own]) => rowOf(file, own, equivalents));
  const survivors = tried.filter(({ mutant, outcome }) => outcome.kind === "survived" && !equivalents.has(mutant.id));
  const same = tried.filter(({ mutant, outcome }) => outcome.kind === "survived" && equivalents.has(mutant.id));
  const [all, counted] = [shareOf(tried, new Map()), shareOf(tried, equivalents)];
  return [
    rowText(["file", "mutants", "found", "stuck", "invalid", "equivalent", "survived"]),
    ...rows.map(rowText),
    rowText(rowOf("all", tried, equivalents)),
    "",
    ...survivors.map(({ mutant }) => `survived: ${mutant.id} | ${mutant.line.slice(0, LINE_SHOWN)}`),
    ...same.map(({ mutant }) => `equivalent: ${mutant.id} | ${equivalents.get(mutant.id)}`),
    "",
    `${all.found} of ${all.of} mutants found, ${percentOf(all).toFixed(1)} %`,
    `${counted.found} of ${counted.of} without the equivalent ones, ${percentOf(counted).toFixed(1)} %`,
  ].join("\n");
}

function rowOf(name: string, tried: readonly Tried[], equivalents: Equivalents): string[] {
  const count = (kind: string): number => tried.filter(({ outcome }) => outcome.kind === kind).length;
  const same = tried.filter(({ mutant, outcome }) => outcome.kind === "survived" && equivalents.has(mutant.id)).length;
  const counts = [tried.length, count("found"), count("stuck"), count("invalid"), same, count("survived") - same];
  return [name.replace("lib/sync/", ""), ...counts.map(String)];
}

function rowText([name = "", ...cells]: readonly string[]): string {
  return name.padEnd(NAME_WIDTH) + cells.map((cell) => cell.padStart(WIDTH)).join("");
}

function isFound({ kind }: Tried["outcome"]): boolean {
  return kind === "found" || kind === "stuck";
}
