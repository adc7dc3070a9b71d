/** Apps' own names of calendars in a storm: a name is one calendar's at most at every moment, and who gave it back leaves it free. */
import type * as z from "zod";

import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { Refusal } from "../../lib/core/failure.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { findCalendar } from "../../lib/sync/find-calendar.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import type { Counter } from "./counter.ts";

export const OWNER = "editors";
const NAMES = ["room-1", "room-2", "room-3"] as const;
const MADE_MOST = 7;
const REMOVED_MOST = 3;
/** Longer than a name is kept for a calendar that is about to be there. */
const FREE_AFTER_MS = 300_000;

type Drafted = z.input<typeof CalendarDraft>;

export class Names {
  /** Calendars that somebody was told of. */
  readonly told = new Set<string>();
  /** Those that somebody began to take out. */
  readonly removed = new Set<string>();
  private readonly counter: Counter;
  private readonly gone = new Set<string>();
  private asked = 0;
  /** What came of asking for each name once all was calm: the calendar that has it now, or had it. */
  private readonly claimed = new Map<string, string>();

  constructor(counter: Counter) {
    this.counter = counter;
    this.watch();
  }

  name(): string {
    return this.counter.random.pick(NAMES);
  }

  /** A calendar that has its name at once; two people may want the same one. */
  create(fields: Drafted): void {
    if (this.asked >= MADE_MOST) return;
    this.asked += 1;
    this.make({ ownerId: OWNER, ...fields }, (calendar) => this.told.add(calendar.calendarId));
  }

  private make(fields: Drafted, then: (calendar: Calendar) => unknown, refused?: (refusal: Refusal) => void): void {
    const draft = CalendarDraft.parse(fields);
    const { counter } = this;
    const { calendars, externalIds } = counter.simulation.world;
    const work = counter.ask(
      `create ${draft.externalId ?? "one without a name"}`,
      async (ports) => {
        const { calendar } = await createCalendar(draft, ports, counter.context());
        const { calendarId, ownerId, externalId = "" } = calendar;
        counter.must(calendars.metas.has(calendarId), `${calendarId} was registered and is not there`);
        const holder = externalIds.claims.get(`${ownerId} ${externalId}`)?.calendarId;
        counter.must(
          draft.externalId === undefined || holder === calendarId,
          `${calendarId} is called ${externalId}, which is ${holder}'s`,
        );
        const isCalled = work.done.includes("crons.keep");
        counter.must(draft.schedule === undefined || isCalled, `${calendarId} goes by a schedule that nobody has made`);
        then(calendar);
      },
      (refusal) => {
        counter.must(refusal.code === "external-id-taken", `a calendar was refused as ${refusal.code}`);
        refused?.(refusal);
      },
    );
  }

  find(): void {
    const name = this.name();
    this.counter.ask(`find ${name}`, async (ports) => {
      const found = (await findCalendar(OWNER, name, ports))?.calendar;
      const isIts = found === undefined || (found.externalId === name && found.ownerId === OWNER && found.state !== "removed");
      this.counter.must(isIts, `${found?.calendarId} was found as ${name} and is called ${found?.externalId}`);
    });
  }

  remove(calendarId: string): void {
    if (this.removed.size >= REMOVED_MOST && !this.removed.has(calendarId)) return;
    this.removed.add(calendarId);
    const { metas } = this.counter.simulation.world.calendars;
    this.counter.ask(
      `remove ${calendarId}`,
      async (ports) => {
        await removeCalendar(calendarId, ports, this.counter.simulation.world.newId);
        this.gone.add(calendarId);
        this.counter.must(!metas.has(calendarId), `${calendarId} was removed and is still there`);
      },
      () => this.counter.must(!metas.has(calendarId), `${calendarId} is there and is said not to be`),
    );
  }

  /** Whoever was not told takes it out again; then each name is asked for once more. */
  settle(): void {
    for (const calendarId of this.removed) {
      if (!this.gone.has(calendarId)) this.remove(calendarId);
      this.counter.weather.operators.removed.add(calendarId);
    }
    this.counter.simulation.at(FREE_AFTER_MS, () => {
      for (const externalId of NAMES) this.claim(externalId);
    });
  }

  private claim(externalId: string): void {
    const before = this.holdersOf(externalId).join();
    this.make(
      { ownerId: OWNER, externalId, source: { kind: "push" } },
      ({ calendarId }) => {
        this.counter.must(before === "", `${externalId} was given to ${calendarId}, and is ${before}'s`);
        this.claimed.set(externalId, calendarId);
      },
      ({ details }) => {
        const { calendarId } = details ?? {};
        this.counter.must(calendarId === before, `${externalId} is said to be ${String(calendarId)}'s, and is ${before}'s`);
        this.claimed.set(externalId, before);
      },
    );
  }

  check(): void {
    const { calendars, externalIds } = this.counter.simulation.world;
    for (const name of NAMES) {
      const [holder] = this.holdersOf(name);
      const wanted = this.claimed.get(name);
      this.counter.must(holder !== undefined && holder === wanted, `${name} was ${wanted}'s in the end, and is ${holder}'s`);
    }
    for (const { calendarId, ownerId, externalId } of calendars.metas.values()) {
      if (externalId === undefined) continue;
      const holder = externalIds.claims.get(`${ownerId} ${externalId}`)?.calendarId;
      this.counter.must(holder === calendarId, `${calendarId} is called ${externalId}, which is ${holder}'s to give`);
    }
    for (const calendarId of this.told) {
      const isThere = calendars.metas.has(calendarId);
      this.counter.must(
        isThere !== this.removed.has(calendarId),
        `${calendarId} was registered and is ${isThere ? "still" : "not"} there`,
      );
    }
  }

  private holdersOf(externalId: string): string[] {
    const { metas } = this.counter.simulation.world.calendars;
    const all = [...metas.values()].filter((one) => one.ownerId === OWNER && one.externalId === externalId);
    return all.filter(({ state }) => state !== "removed").map(({ calendarId }) => calendarId);
  }

  /** At the moment of each write of a registration. */
  private watch(): void {
    const { metas } = this.counter.simulation.world.calendars;
    const set = metas.set.bind(metas);
    metas.set = (calendarId, calendar) => {
      set(calendarId, calendar);
      const { externalId, ownerId } = calendar;
      const holders = externalId === undefined || ownerId !== OWNER ? [] : this.holdersOf(externalId);
      this.counter.must(holders.length < 2, `${holders.join(" and ")} are both called ${externalId}`);
      return metas;
    };
  }
}
