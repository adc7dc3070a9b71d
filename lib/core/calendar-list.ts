/** A list of calendars in columns: which columns there are, and what a row asks for. */
import { Refusal } from "./failure.ts";
import { shown } from "./refusals.ts";

const COLUMNS = ["url", "name", "owner", "interval", "externalId", "tags"] as const;
const METADATA = "metadata.";
const WANTED = `url, and of ${COLUMNS.slice(1).join(", ")}, ${METADATA}NAME those that are needed`;

/** Throws `list-invalid` for a head without url, with a column twice, or with one that means nothing. */
export function requireHead(head: readonly string[]): void {
  const strange = head.find((name) => !COLUMNS.some((known) => known === name) && !name.startsWith(METADATA));
  const twice = head.find((name, at) => head.indexOf(name) !== at);
  const wrong = strange ?? twice ?? (head.includes("url") ? undefined : "no column url");
  if (wrong !== undefined) throw brokenList(1, shown(wrong), WANTED);
}

export function brokenList(line: number, seen: string, wanted: string): Refusal {
  const what = `line ${line} of the list has ${seen}, wanted ${wanted}`;
  return new Refusal("list-invalid", what, "correct the file; nothing was changed", { details: { seen, wanted } });
}

/** The body of a new calendar, for its schema to check; what a cell leaves empty is as usual. */
export function draftOfRow(head: readonly string[], cells: readonly string[], ownerId: string | undefined): unknown {
  const filled = head.flatMap((name, at) => {
    const value = cells[at]?.trim() ?? "";
    return value === "" ? [] : [[name, value] as const];
  });
  const { url = "", name, owner = ownerId, interval, externalId, tags, ...rest } = Object.fromEntries(filled);
  const pairs = Object.entries(rest).map(([column, value]) => [column.slice(METADATA.length), value] as const);
  const metadata = Object.fromEntries(tags === undefined ? pairs : [...pairs, ["tags", tags] as const]);
  const minutes = Number(interval);
  return {
    source: { kind: "url", url },
    ...(name === undefined ? {} : { name }),
    ...(owner === undefined ? {} : { ownerId: owner }),
    ...(interval === undefined ? {} : { intervalMinutes: Number.isNaN(minutes) ? interval : minutes }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}
