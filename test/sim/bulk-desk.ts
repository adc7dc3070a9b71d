/** Work on many things at once, as somebody with an admin key or one owner asks for it: what came of each of them, and what it called. */
import { BulkRequest } from "../../lib/contract/bulk.ts";
import type { BulkReport } from "../../lib/contract/bulk.ts";
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { runBulk } from "../../lib/sync/run-bulk.ts";
import type { BulkPorts } from "../../lib/sync/run-bulk.ts";
import { played } from "./calls.ts";
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";

export const BULK_READS: ReadonlySet<string> = new Set([
  "calendars.load",
  "calendars.list",
  "calendars.everyCalendar",
  "calendars.runsOf",
  "feeds.load",
  "feeds.list",
  "feeds.everyFeed",
]);

export type Asked = Partial<BulkRequest> & Pick<BulkRequest, "action">;
type Part = {
  /** Undefined where it was refused. */
  readonly report: BulkReport | undefined;
  readonly calls: readonly string[];
  readonly writes: readonly string[];
};

/** One part; everything that follows from it comes to its end. */
export async function askBulk(drill: Drill, asked: Asked): Promise<Part> {
  const { result, calls } = await played(drill, "bulk", async (ports) => await bulk(drill, asked, ports));
  return { report: result, calls, writes: calls.filter((call) => !BULK_READS.has(call)) };
}

export async function bulk(drill: Drill, asked: Asked, ports: Ports): Promise<BulkReport> {
  return await runBulk(BulkRequest.parse(asked), bulkPorts(ports), drill.context());
}

/** All parts, as whoever repeats the call with each answer's cursor gets them. */
export async function askAll(drill: Drill, asked: Asked): Promise<readonly BulkReport[]> {
  const reports: BulkReport[] = [];
  let cursor: string | undefined;
  do {
    const { report } = await askBulk(drill, { ...asked, cursor });
    if (report === undefined) break;
    reports.push(report);
    ({ cursor } = report);
  } while (cursor !== undefined);
  return reports;
}

/** What came of each, by id. */
export function outcomesOf(report: BulkReport | undefined): ReadonlyMap<string, string> {
  const items = report?.items ?? [];
  return new Map(items.map(({ id, outcome, code, detail }) => [id, [outcome, code ?? detail].join(" ").trim()]));
}

/** Whether it is the process that asks for the parts. */
export function isBulk({ name }: { readonly name: string }): boolean {
  return name === "bulk (drill)";
}

/** An owner's calendars that apps write to. */
export async function addPushed(drill: Drill, ownerId: string, names: readonly string[]): Promise<readonly string[]> {
  const ids: string[] = [];
  await drill.ask("create", async (ports) => {
    for (const name of names) {
      const draft = CalendarDraft.parse({ ownerId, name, source: { kind: "push" } });
      ids.push((await createCalendar(draft, ports, drill.context())).calendar.calendarId);
    }
  });
  return ids;
}

export function bulkPorts(ports: Ports): BulkPorts {
  const { calendars } = ports;
  return {
    ...ports,
    calendars: {
      load: async (calendarId) => await calendars.load(calendarId),
      list: async (ownerId, page) => await calendars.list(ownerId, page),
      everyCalendar: async (page) => await calendars.everyCalendar(page),
      runs: async (calendarId, page) => await calendars.runsOf(calendarId, page),
      putRun: async (run) => await calendars.putRun(run),
      leaveWheel: async (calendarId) => await calendars.leaveWheel(calendarId),
      enterWheel: async (calendarId, slot) => await calendars.enterWheel(calendarId, slot),
      replaceCalendar: async (calendar, before) => await calendars.replaceCalendar(calendar, before),
    },
  };
}
