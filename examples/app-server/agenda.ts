/** A user's calendars as one list: from the copies, and where a copy holds series from Calferry, once for each version. */
import type { Calferry, Occurrence } from "./calferry.ts";
import { instantOf, readEvent } from "./read-event.ts";
import type { Entry } from "./read-event.ts";
import type { Calendar } from "./store.ts";

/** Dates, the second exclusive. */
export type Window = { readonly from: string; readonly to: string };
export type AgendaEntry = Entry & { readonly calendar: string };

const REMEMBERED = 500;
const DAY_MS = 86_400_000;

export class Agenda {
  readonly #calferry: Calferry;
  readonly #zone: string;
  readonly #answers = new Map<string, readonly Entry[]>();

  constructor(calferry: Calferry, zone: string) {
    this.#calferry = calferry;
    this.#zone = zone;
  }

  async of(calendars: readonly Calendar[], window: Window): Promise<AgendaEntry[]> {
    const lists = await Promise.all(
      calendars.map(async (calendar) => {
        const entries = await this.#entriesOf(calendar, window);
        return entries.map((entry): AgendaEntry => Object.assign({ calendar: calendar.name }, entry));
      }),
    );
    return lists.flat().toSorted((one, other) => keyOf(one).localeCompare(keyOf(other)));
  }

  /** `today` and the days after it, where your users live. */
  window(from: string | null, to: string | null): Window {
    const today = new Intl.DateTimeFormat("sv-SE", { timeZone: this.#zone }).format(new Date());
    const first = from ?? today;
    return { from: first, to: to ?? new Date(Date.parse(first) + 14 * DAY_MS).toISOString().slice(0, 10) };
  }

  async #entriesOf({ calendarId, copy }: Calendar, window: Window): Promise<readonly Entry[]> {
    const read = Object.values(copy.events).map(readEvent);
    const plain = read.filter((entry) => typeof entry === "object").filter((entry) => this.#isIn(entry, window));
    if (!read.includes("not-plain") || calendarId === undefined) return plain;
    const key = [calendarId, copy.version, window.from, window.to].join(" ");
    const known = this.#answers.get(key) ?? (await this.#ask(calendarId, window));
    if (this.#answers.size > REMEMBERED) this.#answers.clear();
    this.#answers.set(key, known);
    return known;
  }

  async #ask(calendarId: string, { from, to }: Window): Promise<Entry[]> {
    const occurrences = await this.#calferry.occurrences(calendarId, from, to, this.#zone);
    return occurrences.filter(({ status }) => status !== "CANCELLED").map(entryOf);
  }

  /** All-day events are of the day itself, wherever one is. */
  #isIn({ start, end, allDay }: Entry, { from, to }: Window): boolean {
    if (allDay) return start < to && end > from;
    const [fromMs, toMs] = [instantOf(Date.parse(from), this.#zone), instantOf(Date.parse(to), this.#zone)];
    const [startMs, endMs] = [Date.parse(start), Date.parse(end)];
    return startMs < toMs && (endMs > fromMs || startMs === fromMs);
  }
}

function entryOf({ uid, summary = "", start, end, allDay, startDate, endDate }: Occurrence): Entry {
  if (allDay && startDate !== undefined && endDate !== undefined) return { uid, summary, start: startDate, end: endDate, allDay };
  return { uid, summary, start: new Date(start).toISOString(), end: new Date(end).toISOString(), allDay };
}

function keyOf({ start, uid }: AgendaEntry): string {
  return `${start} ${uid}`;
}
