/** Calendars that are there for a while: they come, are put into feeds, and are taken out. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import type { Counter } from "./counter.ts";

const GUESTS_MOST = 8;
const PULLED_SHARE = 0.3;

type Guest = { readonly calendarId: string; removal: "none" | "asked" | "told" };

export class Guests {
  private readonly counter: Counter;
  private readonly guests: Guest[] = [];
  private invited = 0;

  constructor(counter: Counter) {
    this.counter = counter;
  }

  get ids(): readonly string[] {
    return this.guests.map(({ calendarId }) => calendarId);
  }

  invite(): void {
    if (this.invited >= GUESTS_MOST) return;
    const { random, weather } = this.counter;
    const source = random.chance(PULLED_SHARE) ? { kind: "url", url: weather.addSource().url } : { kind: "push" };
    // Whose making broke off before its first import has its turn before the world rests.
    const draft = CalendarDraft.parse({ source, intervalMinutes: 15, name: `Guest ${(this.invited += 1)}` });
    this.counter.ask(`invite ${draft.name}`, async (ports) => {
      const { calendarId } = (await createCalendar(draft, ports, this.counter.context())).calendar;
      this.guests.push({ calendarId, removal: "none" });
    });
  }

  dismiss(): void {
    const guests = this.guests.filter(({ removal }) => removal !== "told");
    if (guests.length > 0) this.remove(this.counter.random.pick(guests));
  }

  settle(): void {
    for (const guest of this.guests) if (guest.removal === "asked") this.remove(guest);
  }

  check(): void {
    const { calendars } = this.counter.simulation.world;
    for (const { calendarId, removal } of this.guests) {
      const isThere = calendars.metas.has(calendarId) || calendars.checkpoints.has(calendarId);
      this.counter.must(
        isThere === (removal === "none"),
        `${calendarId} is ${isThere ? "" : "not "}there, its removal ${removal}`,
      );
    }
  }

  private remove(guest: Guest): void {
    guest.removal = "asked";
    this.counter.ask(
      `dismiss ${guest.calendarId}`,
      async (ports) => {
        await removeCalendar(guest.calendarId, ports, this.counter.context().newId);
        guest.removal = "told";
      },
      // Nothing of it is left.
      () => (guest.removal = "told"),
    );
  }
}
