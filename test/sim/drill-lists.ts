/** Lists of calendars: each row is made, there already, or refused by itself; the same list again makes nothing. */
import type * as z from "zod";

import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { Refusal } from "../../lib/core/failure.ts";
import { importList } from "../../lib/sync/import-list.ts";
import type { ListedRow, RowEnd } from "../../lib/sync/import-list.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { callsOf } from "./calls.ts";
import type { Drill } from "./drill.ts";

type Fields = z.input<typeof CalendarDraft>;
type Row = {
  readonly row: Fields | Refusal;
  readonly outcome: RowEnd["outcome"];
  readonly code?: string;
  readonly like?: number;
};

const OTHERS = "other";
const DETAILED = new Refusal("body-invalid", "a row has no url, wanted one", "correct it", {
  details: { seen: "", wanted: "a url" },
});
const PLAIN = new Refusal("body-invalid", "a row has no url, wanted one", "correct it");
const WRITES = new Set(["calendars.putCalendar", "calendars.putCheckpoint", "externalIds.claim", "urgent.sendUrgent"]);

export async function drillLists(drill: Drill): Promise<void> {
  const standing = drill.pupils()[0]?.calendar;
  if (standing?.source.kind !== "url") throw new Error("no calendar is pulled");
  const rows = rowsOf(drill, standing.source.url);
  const ends = await read(drill, rows, "make");
  check(drill, rows, ends);
  drill.must(ends[0]?.calendarId === standing.calendarId, "a list made a calendar anew that its owner has");
  drill.must(ends[1]?.seen === "" && ends[1].wanted === "a url", "a refusal keeps for itself what it wants");
  drill.must(ends[2] !== undefined && !("seen" in ends[2]), "a refusal without values tells some");
  const again = await read(drill, rows, "make again");
  checkAgain(drill, again);
  await lostListing(drill, rows);
  for (const calendarId of [...ends, ...again].flatMap((end) => (end.outcome === "made" ? [end.calendarId ?? ""] : []))) {
    await drill.ask("remove what was listed", async (ports) => {
      await removeCalendar(calendarId, ports, drill.simulation.world.newId);
    });
  }
  await dryRun(drill, rows);
}

/** `like`: the line that it is the same calendar as. */
function rowsOf(drill: Drill, standing: string): Row[] {
  const [one, two] = [drill.weather.addSource().url, drill.weather.addSource().url];
  const push = { source: { kind: "push" } } as const;
  return [
    { row: pulled(standing), outcome: "there" },
    { row: DETAILED, outcome: "failed", code: "body-invalid" },
    { row: PLAIN, outcome: "failed", code: "body-invalid" },
    { row: pulled(one), outcome: "made" },
    { row: pulled(one.replace("https:", "webcal:")), outcome: "there", like: 4 },
    { row: { ...pulled(two), externalId: "room-1" }, outcome: "made" },
    { row: { ...pulled(one), externalId: "room-1" }, outcome: "there", like: 6 },
    { row: pulled(two), outcome: "there", like: 6 },
    // An address that another calendar has already, under a name of its own.
    { row: { ...pulled(one), externalId: "room-2" }, outcome: "made" },
    { row: push, outcome: "made" },
    { row: push, outcome: "made" },
    { row: { ...push, externalId: "app-1" }, outcome: "made" },
    { row: { ...push, externalId: "app-1" }, outcome: "there", like: 12 },
    { row: pulled("ftp://host1.example/a.ics"), outcome: "failed", code: "url-invalid" },
    { row: { ...pulled(one), ownerId: OTHERS }, outcome: "made" },
  ];
}

function pulled(url: string): Fields {
  return { source: { kind: "url", url }, firstImport: "turn" };
}

function check(drill: Drill, rows: readonly Row[], ends: readonly RowEnd[]): void {
  drill.must(ends.length === rows.length, `${rows.length} rows had ${ends.length} ends`);
  const { calendars } = drill.simulation.world;
  for (const [index, { outcome, code, like }] of rows.entries()) {
    const end = ends[index];
    const isSo = end?.outcome === outcome && end.code === code && end.line === index + 1;
    drill.must(isSo, `row ${index + 1} ended ${JSON.stringify(end)}, wanted ${outcome} ${code}`);
    const isSame = like === undefined || end?.calendarId === ends[like - 1]?.calendarId;
    drill.must(isSame, `row ${index + 1} is ${end?.calendarId}, wanted the one of row ${like}`);
    drill.must(outcome !== "made" || calendars.isFound(end?.calendarId ?? ""), `row ${index + 1} was made and is not there`);
  }
}

/** Of one that is pushed and has no name nobody can tell whether it is there. */
function checkAgain(drill: Drill, ends: readonly RowEnd[]): void {
  for (const [index, { outcome, calendarId = "" }] of ends.entries()) {
    const isNameless = index === 9 || index === 10;
    const isThere = outcome === "there" && drill.simulation.world.calendars.isFound(calendarId);
    const isSo = outcome === "failed" || (isNameless ? outcome === "made" : isThere);
    drill.must(isSo, `row ${index + 1} of the same list ended ${outcome} ${calendarId}`);
  }
}

/** A service that does not answer is no fault of the row. */
async function lostListing(drill: Drill, rows: readonly Row[]): Promise<void> {
  const ends: RowEnd[] = [];
  await drill.planned(
    (process, method) => (process.name.startsWith("lost list") && method === "calendars.list" ? "error-before" : undefined),
    async () =>
      await drill.ask("lost list", async (ports) => {
        for await (const end of importList(listed(rows.slice(0, 1)), { dryRun: false }, ports, drill.context())) ends.push(end);
      }),
  );
  drill.must(ends.length === 0 && drill.refused !== undefined, `a listing that was not answered: ${JSON.stringify(ends)}`);
}

/** It says what the list would make, and writes nothing. */
async function dryRun(drill: Drill, rows: readonly Row[]): Promise<void> {
  const ends: RowEnd[] = [];
  const calls = await callsOf(drill, "dry list", async (ports) => {
    for await (const end of importList(listed(rows), { dryRun: true }, ports, drill.context())) ends.push(end);
  });
  const [first, ...rest] = ends;
  drill.must(
    first?.outcome === "there" && first.calendarId !== undefined,
    `a dry run of one that is there: ${JSON.stringify(first)}`,
  );
  for (const [index, end] of rest.entries()) {
    const wanted = rows[index + 1]?.outcome === "made" ? "would" : rows[index + 1]?.outcome;
    drill.must(end.outcome === wanted && !("calendarId" in end), `a dry run says ${JSON.stringify(end)}, wanted ${wanted}`);
  }
  drill.must(!calls.some((call) => WRITES.has(call)), `a dry run wrote: ${calls.join()}`);
  const lists = calls.filter((call) => call === "calendars.list").length;
  drill.must(lists === 2, `a list of two owners read ${lists} pages`);
}

async function read(drill: Drill, rows: readonly Row[], name: string): Promise<RowEnd[]> {
  const ends: RowEnd[] = [];
  await drill.ask(`list to ${name}`, async (ports) => {
    for await (const end of importList(listed(rows), { dryRun: false }, ports, drill.context())) ends.push(end);
  });
  return ends;
}

function listed(rows: readonly Row[]): ListedRow[] {
  return rows.map(({ row }, index) => {
    const line = index + 1;
    return row instanceof Refusal ? { line, refusal: row } : { line, draft: CalendarDraft.parse(row) };
  });
}
