/** Runs: what tasks did that changed something, failed, or were asked for; each lives 90 days. */
import { Run } from "../contract/run.ts";
import type { Page, PageRequest } from "../sync/registry.ts";
import { readPage } from "./pages.ts";
import type { Item, Key, RecordTable } from "./record-table.ts";

const KEPT_SECONDS = 90 * 86_400;

export function runItem(run: Run): Key & Item {
  return { ...runKey(run.calendarId, run.runId), ...run, expiresAt: Math.floor(Date.parse(run.startedAt) / 1000) + KEPT_SECONDS };
}

export async function readRun(table: RecordTable, calendarId: string, runId: string): Promise<Run | undefined> {
  const item = await table.get(runKey(calendarId, runId));
  return item === undefined ? undefined : Run.parse(item);
}

/** Newest first: run ids begin with an instant. */
export async function readRuns(table: RecordTable, calendarId: string, page: PageRequest): Promise<Page<Run>> {
  const partition = { field: "pk", value: runKey(calendarId, "").pk };
  const listed = await readPage(table, { partition, sort: { field: "sk", prefix: "" }, order: "descending" }, page);
  return { ...listed, items: listed.items.map((item) => Run.parse(item)) };
}

function runKey(calendarId: string, runId: string): Key {
  return { pk: `RUN#${calendarId}`, sk: runId };
}
