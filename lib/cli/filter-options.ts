/** Options that say which events a feed or a member lets through. */
import { Option } from "commander";
import type { Command } from "commander";

export type FilterOptions = {
  readonly include?: string;
  readonly exclude?: string;
  readonly categories?: string;
  readonly without?: string;
  readonly allDay?: string;
  readonly none?: boolean;
};

export function withFilters(command: Command): Command {
  return command
    .option("--include <words>", "only events with one of these words: a,b")
    .option("--exclude <words>", "no event with one of these words")
    .option("--categories <names>", "only events of one of these categories")
    .option("--without <names>", "no event of one of these categories")
    .addOption(new Option("--all-day <what>", "events of whole days: only these, or drop").choices(["only", "drop"]))
    .option("--none", "no filter at all");
}

/** Null takes the filter away; undefined where no option was given. What was not named is not filtered by. */
export function filtersOf(options: FilterOptions, horizon: Readonly<Record<string, unknown>> = {}): unknown {
  if (options.none === true) return null;
  const filters = {
    ...wordsOf("keywords", options.include, options.exclude),
    ...wordsOf("categories", options.categories, options.without),
    ...(options.allDay === undefined ? {} : { allDay: options.allDay }),
    ...horizon,
  };
  return Object.keys(filters).length === 0 ? undefined : filters;
}

function wordsOf(name: string, include: string | undefined, exclude: string | undefined): Readonly<Record<string, unknown>> {
  if (include === undefined && exclude === undefined) return {};
  return { [name]: { ...listOf("include", include), ...listOf("exclude", exclude) } };
}

function listOf(name: string, text: string | undefined): Readonly<Record<string, readonly string[]>> {
  return text === undefined ? {} : { [name]: text.split(",") };
}

/** Whatever is no number stays as it was written, to be refused by its schema. */
export function numberOf(text: string): number | string {
  return /^\d{1,9}$/u.test(text) ? Number(text) : text;
}

/** A value, or null for the word "none". */
export function orNone(text: string | undefined): string | null | undefined {
  return text === "none" ? null : text;
}

/** One line for people; undefined where nothing is filtered. */
export function tellFilters(filters: object | undefined): string | undefined {
  return filters === undefined ? undefined : JSON.stringify(filters);
}
