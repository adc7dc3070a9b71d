/** A registry's file is read whole before a record of it is written, and the stack is looked at that it is to go into. */
import { RegistryLine } from "../contract/registry-file.ts";
import { brokenRegistry, occupiedStack } from "../core/registry-file.ts";
import { everyItem } from "./every-item.ts";
import type { FeedCensus } from "./export-registry.ts";
import type { CalendarCensus } from "./registry.ts";

export type CheckedRegistry = {
  readonly counts: Readonly<Record<string, number>>;
  readonly withEvents: boolean;
  readonly calendarIds: ReadonlySet<string>;
  readonly feedIds: ReadonlySet<string>;
};

/** Reads the whole file and writes nothing. Throws `registry-invalid`. */
export async function checkRegistry(lines: AsyncIterable<string>): Promise<CheckedRegistry> {
  const [counts, calendarIds, feedIds] = [new Map<string, number>(), new Set<string>(), new Set<string>()];
  let [number, isEnded, withEvents] = [0, false, false];
  for await (const text of lines) {
    if (isEnded) throw brokenRegistry(number + 1, "after the end", "nothing there");
    const line = parseLine(text, (number += 1));
    if ((number === 1) !== (line.kind === "registry"))
      throw brokenRegistry(number, `a record of kind ${line.kind}`, "kind registry first, and once");
    if (line.kind === "registry") ({ withEvents } = line);
    if (line.kind === "calendar") calendarIds.add(line.calendar.calendarId);
    if (line.kind === "feed") feedIds.add(line.feed.feedId);
    if (line.kind === "end") {
      if (line.records !== number - 1) throw brokenRegistry(number, `the end of ${line.records} records`, `of ${number - 1}`);
      isEnded = true;
    } else if (line.kind !== "registry") counts.set(line.kind, (counts.get(line.kind) ?? 0) + 1);
  }
  if (!isEnded) throw brokenRegistry(number + 1, "missing", "a record of kind end: the file was cut off");
  return { counts: Object.fromEntries(counts), withEvents, calendarIds, feedIds };
}

/** Never with the value: it may be a secret. */
export function parseLine(text: string, number: number): RegistryLine {
  const parsed = RegistryLine.safeParse(jsonOf(text, number));
  if (parsed.success) return parsed.data;
  const path = parsed.error.issues[0]?.path.join(".") ?? "";
  throw brokenRegistry(number, `wrong at ${path === "" ? "its kind" : path}`, "a record of this release or the one before");
}

function jsonOf(text: string, number: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw brokenRegistry(number, "no JSON", "one record, as JSON");
  }
}

/** Throws `stack-not-empty` where the stack has a calendar or feed that the file has not; what an import left half way is the file's. */
export async function requireEmpty(
  { calendarIds, feedIds }: CheckedRegistry,
  ports: { readonly calendars: CalendarCensus; readonly feeds: FeedCensus },
): Promise<void> {
  for await (const { calendar } of everyItem(async (page) => await ports.calendars.everyCalendar(page))) {
    if (!calendarIds.has(calendar.calendarId)) throw occupiedStack("calendar", calendar.calendarId);
  }
  for await (const { feedId } of everyItem(async (page) => await ports.feeds.everyFeed(page))) {
    if (!feedIds.has(feedId)) throw occupiedStack("feed", feedId);
  }
}
