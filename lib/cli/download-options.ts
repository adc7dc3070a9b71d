/** Options that a download and a repeat of it have in common. */
import type { Command } from "commander";

import { DownloadFormat } from "../contract/download.ts";
import type { Connection } from "./terminal.ts";

export type DownloadOptions = {
  readonly format: string;
  readonly days?: string;
  readonly zone: string;
  readonly columns?: string;
};
export function withDownload(command: Command): Command {
  return command
    .option("--format <format>", DownloadFormat.options.join(", "), "csv")
    .option("--days <n>", "so many days from today on")
    .option("--zone <name>", "IANA zone of days and times", "UTC")
    .option("--columns <names>", "such as start,end,title (all if absent)");
}

/** Ids of calendars and feeds are of one form; a feed is what no calendar is. */
export async function subjectOf(
  id: string,
  { calendars, feeds }: Connection,
): Promise<{ readonly calendarId: string } | { readonly feedId: string }> {
  if ((await calendars.load(id)) === undefined && (await feeds.load(id)) !== undefined) return { feedId: id };
  return { calendarId: id };
}

/** Whatever is no number stays as it was written, to be refused by its schema. */
export function fieldsOf({ format, days, zone, columns }: DownloadOptions): object {
  const number = days !== undefined && /^\d{1,9}$/u.test(days) ? Number(days) : days;
  return { format, zone, days: number, columns: columns?.split(",").map((column) => column.trim()) };
}
