/** What the sources of the crash test say in each round: the same in every run, each event's stamps given by its source. */
import { randomFrom } from "../sync/random.ts";

export type ScriptedCalendar = {
  readonly name: string;
  readonly kind: "url" | "push";
  readonly intervalMinutes: number;
  /** Rounds in which its content changes; the first is 0. */
  readonly changes: readonly number[];
  /** Its source says "later" to the first who asks in this round; nobody asks in later ones, but for the task that was put off. */
  readonly busyIn?: number;
};

export const URL_CALENDARS = 24;
const PUSH_CALENDARS = 4;
/** Share of the rounds in which a source changes. */
const CHANGING = 0.75;
/** Apps stop pushing after this share of the rounds: what looks after a push waits for a minute. */
const PUSHING = 0.6;
const BUSY_ROUND = 2;
/** Polled once a day, so that no turn takes the place of the task that was put off. */
const BUSY = new Set([5, 11, 17]);
const LASTING = 6;
/** Changes that an event lives which comes later. */
const PASSING = 4;
const SCRIPT_SEED = 20_310_106;
const DAY_MS = 86_400_000;

export function scriptOf(rounds: number): readonly ScriptedCalendar[] {
  const random = randomFrom(SCRIPT_SEED);
  return Array.from({ length: URL_CALENDARS + PUSH_CALENDARS }, (_, index): ScriptedCalendar => {
    if (BUSY.has(index)) {
      return { name: `busy-${index}`, kind: "url", intervalMinutes: 1440, changes: [0, BUSY_ROUND], busyIn: BUSY_ROUND };
    }
    const kind = index < URL_CALENDARS ? "url" : "push";
    const last = kind === "url" ? rounds : Math.floor(rounds * PUSHING);
    const later = Array.from({ length: last }, (_unused, round) => round + 1).filter(() => random.chance(CHANGING));
    return { name: `${kind}-${index}`, kind, intervalMinutes: index % 2 === 0 ? 5 : 1440, changes: [0, ...later] };
  });
}

/** Versions that the calendar has by the end of the round. */
export function versionsBy({ changes }: ScriptedCalendar, round: number): number {
  return changes.filter((change) => change <= round).length;
}

/**
 * The calendar in a round. What changes later is stamped ahead of all clocks of the test (by less than a source's clock may be wrong), so that
 * its stored revision has the source's own instant, in whichever minute it is imported; what is new has an old stamp, for the same reason.
 */
export function contentAt(calendar: ScriptedCalendar, round: number, aheadMs: number): string {
  const made = calendar.changes.filter((change) => change <= round);
  const lasting = Array.from({ length: LASTING }, (_, place) => {
    const changed = made.findLast((change) => change > 0 && change % LASTING === place) ?? 0;
    return lastingEvent(calendar.name, place, changed, changed === 0 ? EARLY : stampOf(aheadMs + changed * 60_000));
  });
  const passing = made
    .slice(1)
    .slice(-PASSING)
    .map((change) => passingEvent(calendar.name, change));
  const lines = [...HEAD, ...SEOUL, ...lasting.flat(), ...passing.flat(), ...SHARED, "END:VCALENDAR"];
  return `${lines.join("\r\n")}\r\n`;
}

const EARLY = "20260101T000000Z";
const HEAD = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Calferry//Crash test//EN"];
const SEOUL = `BEGIN:VTIMEZONE
TZID:Asia/Seoul
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0900
TZOFFSETTO:+0900
TZNAME:KST
END:STANDARD
END:VTIMEZONE`.split("\n");
/** In every calendar under the same UID. */
const SHARED = eventOf("shared@crash.test", 0, EARLY, [
  "DTSTART;VALUE=DATE:20310217",
  "DTEND;VALUE=DATE:20310220",
  "SUMMARY:설날 연휴",
]);

function lastingEvent(name: string, place: number, changed: number, stamp: string): string[] {
  const at = `203101${String(10 + place)}T${String(9 + (changed % 8)).padStart(2, "0")}`;
  const times = [`DTSTART;TZID=Asia/Seoul:${at}0000`, `DTEND;TZID=Asia/Seoul:${at}4500`];
  const weekly = place === 0 ? ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=30"] : [];
  return eventOf(`${name}.${place}@crash.test`, changed, stamp, [
    ...times,
    ...weekly,
    `SUMMARY:${name} 회의 ${place}\\, 판 ${changed}`,
  ]);
}

function passingEvent(name: string, round: number): string[] {
  const day = stampOf(Date.UTC(2031, 1, 1) + round * DAY_MS).slice(0, 8);
  const times = [`DTSTART:${day}T120000Z`, "DURATION:PT1H30M"];
  return eventOf(`${name}.round-${round}@crash.test`, 0, EARLY, [...times, `SUMMARY:Round ${round} of ${name}`]);
}

function eventOf(uid: string, sequence: number, stamp: string, lines: readonly string[]): string[] {
  const stamps = [`UID:${uid}`, `DTSTAMP:${stamp}`, `LAST-MODIFIED:${stamp}`, `SEQUENCE:${sequence}`];
  return ["BEGIN:VEVENT", ...stamps, ...lines, "END:VEVENT"];
}

function stampOf(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d{3}/gu, "");
}
