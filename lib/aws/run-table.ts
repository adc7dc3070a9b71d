/** Runs: what tasks did that changed something, failed, or were asked for; each lives 90 days. */
import { Run } from "../contract/run.ts";
import { WAITS, writtenOver } from "../core/runs.ts";
import type { RunFailure } from "../sync/record-letter.ts";
import type { Page, PageRequest } from "../sync/registry.ts";
import { readPage } from "./pages.ts";
import type { Condition, Key } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

const KEPT_SECONDS = 90 * 86_400;
const WAITING = isOneOf(WAITS);

/** The task may have ended before its asker says that it waits; and what it imported is not overwritten by another end of the same task. */
export async function putRun(table: RecordTable, run: Run): Promise<void> {
  const expiresAt = Math.floor(Date.parse(run.startedAt) / 1000) + KEPT_SECONDS;
  const item = { ...runKey(run.calendarId, run.runId), ...run, expiresAt };
  await table.put(item, conditionOf(run));
}

/** Only its end is written: when it was asked for, and until when it is kept, stays. */
export async function endWaitingRun(
  table: RecordTable,
  { calendarId, taskId }: Pick<Run, "calendarId" | "taskId">,
  end: RunFailure,
): Promise<void> {
  await table.update(runKey(calendarId, taskId), { set: { status: "failed", ...end } }, WAITING);
}

function conditionOf({ status }: Run): Condition | undefined {
  const over = writtenOver(status);
  if (over === undefined) return undefined;
  if (over.length === 0) return { expression: "attribute_not_exists(#pk)" };
  const { expression, values } = isOneOf(over);
  return { expression: `attribute_not_exists(#pk) OR ${expression}`, values };
}

function isOneOf(statuses: readonly Run["status"][]): Required<Condition> {
  const expression = statuses.map((one) => `#status = :${one}`).join(" OR ");
  return { expression, values: Object.fromEntries(statuses.map((one) => [`:${one}`, one])) };
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
