/** Days that a calendar of holidays names: from its last good copy, read once by a process, and with a word where they may not be today's. */
import { isDeepStrictEqual } from "node:util";

import type { Calendar } from "../../lib/contract/calendar.ts";
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import type { HolidaySource } from "../../lib/contract/schedule.ts";
import { readHolidays } from "../../lib/sync/read-holidays.ts";
import type { KnownHolidays } from "../../lib/sync/read-holidays.ts";
import { calendarText } from "../sync/sources.ts";
import type { SourceEvent } from "../sync/sources.ts";
import { played } from "./calls.ts";
import type { Played } from "./calls.ts";
import type { Drill, Pupil } from "./drill.ts";

const DAY = "2026-05-25";
/** Of what calendars of holidays name, a process remembers so many answers. */
const REMEMBERED = 50;

/** What a process remembers outlives a world: no two plays ask for the same. */
let plays = 0;

export async function drillHolidays(drill: Drill): Promise<void> {
  plays += 1;
  const [pupil] = drill.pupilsApart();
  pupil.source.manner = { kind: "saying", text: withHoliday(pupil.source.events) };
  await drill.sync(pupil);
  drill.must(pupil.status === "imported", `${pupil.calendarId} has a holiday more and is ${pupil.status}`);
  await drillDoubts(drill, pupil);
  await drillMemory(drill, pupil);
  pupil.source.manner = { kind: "well" };
  await drill.sync(pupil);
}

/** The days of the last good copy; where it may be old, or there is none, the answer says so. */
async function drillDoubts(drill: Drill, { calendarId, calendar, checkpoint }: Pupil): Promise<void> {
  const { metas, checkpoints } = drill.simulation.world.calendars;
  const put = (facts: Partial<Calendar>, next: Checkpoint): void => {
    metas.set(calendarId, { ...calendar, ...facts });
    checkpoints.set(calendarId, next);
  };
  const { lastSuccessAt: since, ...never } = checkpoint;
  const [source, stale] = [{ calendarId }, { staleCode: "source-gone" }];
  const missing = { days: [], doubt: { code: "holidays-missing" } };
  type Row = readonly [of: HolidaySource | undefined, stand: () => void, days: readonly string[], doubt: KnownHolidays["doubt"]];
  const rows: readonly Row[] = [
    [undefined, () => undefined, [], undefined],
    [source, () => undefined, [DAY], undefined],
    [{ calendarId: "nobody" }, () => undefined, missing.days, missing.doubt],
    [source, () => put({ state: "removed" }, checkpoint), missing.days, missing.doubt],
    [source, () => put({}, { ...checkpoint, snapshotKey: undefined }), missing.days, missing.doubt],
    [source, () => put({}, { ...checkpoint, ...stale }), [DAY], { code: "source-gone", since: since ?? "never" }],
    [source, () => put({}, { ...never, ...stale }), [DAY], { code: "source-gone" }],
  ];
  for (const [holidays, stand, days, doubt] of rows) {
    stand();
    const { result } = await read(drill, [holidays]);
    put({}, checkpoint);
    const seen = [...(result?.days ?? ["nothing"])];
    drill.must(isDeepStrictEqual(seen, days), `holidays of ${holidays?.calendarId} are ${seen.join()}, wanted ${days.join()}`);
    const isDoubted = isDeepStrictEqual(result?.doubt, doubt);
    drill.must(isDoubted, `holidays of ${holidays?.calendarId} are doubted as ${JSON.stringify(result?.doubt)}`);
  }
}

/** A copy is read once for each question, and a process that lives long does not fill its memory. */
async function drillMemory(drill: Drill, { calendarId }: Pupil): Promise<void> {
  const question = (number: number): HolidaySource => ({ calendarId, keyword: `play ${plays}, question ${number}` });
  const [first, ...others] = Array.from({ length: REMEMBERED }, (_, number) => question(number));
  const rows: readonly (readonly [what: string, asked: readonly (HolidaySource | undefined)[], reads: number])[] = [
    ["questions that nobody has asked", [first, ...others], REMEMBERED],
    ["questions that were asked", [first, ...others], 0],
    ["one question more", [question(REMEMBERED)], 1],
    ["the question that was asked longest ago", [first], 1],
  ];
  for (const [what, asked, wanted] of rows) {
    const { calls } = await read(drill, asked);
    const reads = calls.filter((method) => method === "objects.getSnapshot").length;
    drill.must(reads === wanted, `${what}: the copy of the holidays was read ${reads} times, wanted ${wanted}`);
  }
}

/** Asks for these one after the other. */
async function read(drill: Drill, asked: readonly (HolidaySource | undefined)[]): Promise<Played<KnownHolidays | undefined>> {
  return await played(drill, "holidays", async (ports) => {
    let known: KnownHolidays | undefined;
    for (const holidays of asked) known = await readHolidays({ holidays }, DAY, ports);
    return known;
  });
}

function withHoliday(events: readonly SourceEvent[]): string {
  const holiday = [
    "BEGIN:VEVENT",
    "UID:holiday@example.org",
    "DTSTAMP:20260101T000000Z",
    `DTSTART;VALUE=DATE:${DAY.replaceAll("-", "")}`,
    "SUMMARY:Buddha's birthday",
    "END:VEVENT",
    "END:VCALENDAR",
  ];
  return calendarText(events).replace("END:VCALENDAR", holiday.join("\r\n"));
}
