/** Owners edit their calendars while these are imported: two at once, moved to other addresses, called otherwise, by their own schedule or on the wheel. */
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { Refusal } from "../../lib/core/failure.ts";
import { remembersAnother } from "../../lib/core/patch-calendar.ts";
import { changeCalendar } from "../../lib/sync/change-calendar.ts";
import type { LoadedCalendar } from "../../lib/sync/import-calendar.ts";
import { refreshCalendar } from "../../lib/sync/refresh-calendar.ts";
import { Addresses } from "./addresses.ts";
import type { Counter, Office } from "./counter.ts";
import { CronCalls } from "./cron-calls.ts";
import { Names, OWNER } from "./editing-names.ts";
import { patchFor, valueOf } from "./editing-patches.ts";
import type { Process } from "./simulation.ts";
import { heldEvents } from "./weather.ts";
import { Wishes } from "./wishes.ts";
import type { Values, Wish } from "./wishes.ts";

const EDITED = 5;
const ACTS_AT_ONCE = 3;
const INTERVALS = [5, 10, 15] as const;
const EXPRESSIONS = ["*/10 * * * *", "5-55/10 * * * *", "*/15 * * * *"] as const;
const SCHEDULED_MOST = 3;
const MINUTE_MS = 60_000;

export function openEditing(counter: Counter): Office {
  const editing = new Editing(counter);
  return {
    minute: (): void => editing.minute(),
    settle: (): void => editing.settle(),
    check: (): void => editing.check(),
  };
}

class Editing {
  private readonly counter: Counter;
  private readonly wishes: Wishes;
  private readonly names: Names;
  /** Of the world's own calendars. */
  private readonly edited: readonly string[];
  /** The two addresses of each calendar that was moved so far. */
  private readonly addresses = new Map<string, readonly [string, string]>();
  private titles = 0;

  constructor(counter: Counter) {
    this.counter = counter;
    this.wishes = new Wishes(counter.simulation);
    this.names = new Names(counter);
    const { urlCalendars } = counter.weather;
    const first = counter.random.between(0, urlCalendars.length - EDITED);
    this.edited = urlCalendars.slice(first, first + EDITED);
    new Addresses(counter.simulation, (calendarId) => this.wishes.isOpen(calendarId, "url"));
    new CronCalls(counter);
  }

  minute(): void {
    const { random, simulation } = this.counter;
    const acts: readonly (() => void)[] = [
      () => this.edit(this.some(), this.someFields()),
      () => this.edit(this.some(), this.someFields()),
      () => this.move(),
      () => this.move(),
      () => this.refresh(),
      () => this.create(),
      () => this.rename(),
      () => this.rename(),
      () => this.rename(),
      () => this.schedule(),
      () => this.schedule(),
      () => this.schedule(),
      () => this.names.find(),
      () => this.remove(),
      () => this.askAgain(),
    ];
    for (let times = random.between(0, ACTS_AT_ONCE); times > 0; times -= 1) {
      simulation.at(random.between(0, MINUTE_MS), random.pick(acts));
    }
  }

  /** Whatever was wanted last is asked for until it is answered; a name that is another's is not to be had. */
  settle(): void {
    for (const thing of this.wishes.things) {
      if (!this.isThere(thing)) continue;
      const { externalId, ...rest } = this.wishes.last(thing);
      if (Object.keys(rest).length > 0) this.edit(thing, rest);
      if (externalId !== undefined) this.edit(thing, { externalId });
    }
    this.names.settle();
  }

  check(): void {
    this.names.check();
    const { calendars, crons } = this.counter.simulation.world;
    for (const thing of this.wishes.things) {
      if (this.isThere(thing)) this.mustBeAsWanted(thing, this.wishes.last(thing));
    }
    for (const { calendarId, ownerId, schedule } of calendars.metas.values()) {
      const [wanted, seen] = [JSON.stringify(schedule), JSON.stringify(crons.standing.get(`${ownerId}.${calendarId}`))];
      this.counter.must(seen === wanted, `${calendarId} is called for at ${seen}, its owner wants ${wanted}`);
    }
    const ids = new Set([...calendars.metas.values()].map(({ ownerId, calendarId }) => `${ownerId}.${calendarId}`));
    for (const name of crons.standing.keys()) this.counter.must(ids.has(name), `${name} is no more, and is called for`);
    for (const [calendarId, calendar] of calendars.metas) {
      const checkpoint = calendars.checkpoints.get(calendarId);
      const isWrong = checkpoint !== undefined && remembersAnother(calendar, checkpoint);
      this.counter.must(!isWrong, `${calendarId} remembers another source than it has, of ${checkpoint?.host}`);
    }
  }

  private mustBeAsWanted(thing: string, wanted: Values): void {
    for (const [field, value] of Object.entries(wanted)) {
      const seen = this.present(thing, field);
      // A name may be another's by now, or about to be.
      const isSo = field === "externalId" ? this.wishes.may(thing, field, seen) : seen === value;
      this.counter.must(isSo, `${field} of ${thing} is ${seen} in the end, wanted ${value}`);
    }
  }

  private edit(thing: string, values: Values): void {
    const wish = this.wishes.ask(thing, values, (field) => this.present(thing, field));
    const context = this.counter.context();
    const process: Process = this.counter.ask(
      `edit ${thing}: ${JSON.stringify(values)}`,
      async (ports) => {
        const changed = await changeCalendar(thing, patchFor(values), ports, context);
        this.wishes.end(wish, "told");
        this.answered(wish, changed, process);
      },
      (refusal) => this.refused(wish, refusal),
    );
    wish.process = process;
  }

  /** What was answered is so, unless somebody who worked at the same time or later wants it otherwise. */
  private answered({ thing, values }: Wish, { calendar, checkpoint }: LoadedCalendar, process: Process): void {
    const stored = this.calendar(thing);
    for (const field of Object.keys(values)) {
      for (const each of stored === undefined ? [calendar] : [calendar, stored]) {
        const seen = valueOf(each, field);
        this.counter.must(this.wishes.may(thing, field, seen), `${process.name} was answered, and ${field} is ${seen}`);
      }
    }
    if (values["url"] === undefined || this.wishes.isOpen(thing, "url")) return;
    const { url } = values;
    this.counter.must(!remembersAnother(calendar, checkpoint), `${thing} was moved to ${url} and remembers another source`);
    const isRead = ["urgent.sendUrgent", "reservations.book"].some((method) => process.done.includes(method));
    const isMoved = process.done.includes("editor.forgetSource");
    this.counter.must(isRead || !isMoved || calendar.state !== "active", `${thing} was moved to ${url}, and nobody asks there`);
  }

  private refused(wish: Wish, { code, what }: Refusal): void {
    this.wishes.end(wish, "refused");
    const mayBe =
      (code === "external-id-taken" && typeof wish.values["externalId"] === "string") ||
      (code === "calendar-unknown" && !this.isThere(wish.thing)) ||
      code === "write-contended";
    this.counter.must(mayBe, `an edit of ${wish.thing} was refused: ${what}`);
  }

  private askAgain(): void {
    const { random } = this.counter;
    const unanswered = this.wishes.unanswered();
    if (unanswered.length === 0) return;
    const { thing, values } = random.pick(unanswered);
    this.edit(thing, values);
  }

  /** There and back, and to and fro: the other address is like this one, but for some, or another altogether. */
  private move(): void {
    const { random, weather, simulation } = this.counter;
    const thing = random.pick(this.edited);
    const present = this.calendar(thing)?.source;
    if (present?.kind !== "url") return;
    const both = this.addresses.get(thing) ?? ([present.url, weather.addSource().url] as const);
    this.addresses.set(thing, both);
    const url = both[0] === present.url ? both[1] : both[0];
    const source = simulation.world.sources.byUrl.get(url);
    if (source === undefined) return;
    const held = heldEvents(simulation, thing);
    const others = source.events.filter(({ uid }) => !held.some((event) => event.uid === uid));
    if (random.chance(0.7)) source.events = [...held, ...others.slice(0, 1)];
    this.edit(thing, { url });
    // Two at the same time: one wants it back.
    if (random.chance(0.3)) this.edit(thing, random.chance(0.5) ? { url: present.url } : { url, name: this.title() });
  }

  private refresh(): void {
    const { operators } = this.counter.weather;
    const thing = this.some();
    if (this.calendar(thing)?.source.kind !== "url") return;
    const context = this.counter.context();
    this.counter.ask(
      `refresh ${thing}`,
      async (ports) => {
        const { runId } = await refreshCalendar(thing, ports, context);
        operators.followed.push(`${thing} ${runId}`);
      },
      ({ what }) => this.counter.must(!this.isThere(thing), `a refresh of ${thing} was refused: ${what}`),
    );
  }

  private create(): void {
    const { random, weather } = this.counter;
    const externalId = this.names.name();
    const kinds: readonly (() => void)[] = [
      () => this.names.create({ externalId, source: { kind: "push" } }),
      () => {
        const schedule = { kind: "cron", expression: random.pick(EXPRESSIONS), zone: "Asia/Seoul" } as const;
        if (this.mayBeScheduled()) this.names.create({ source: { kind: "url", url: weather.addSource().url }, schedule });
      },
    ];
    const create = random.pick(kinds);
    create();
    if (random.chance(0.3)) this.names.create({ externalId, source: { kind: "push" } });
  }

  private rename(): void {
    const { random } = this.counter;
    const own = this.own();
    if (own.length === 0) return this.create();
    const named = own.filter((id) => this.present(id, "externalId") !== null);
    const thing = random.pick(named.length > 0 && random.chance(0.7) ? named : own);
    const externalId = random.chance(0.7) ? this.names.name() : null;
    this.edit(thing, { externalId });
    if (random.chance(0.3)) this.edit(random.chance(0.5) ? thing : random.pick(own), { externalId: this.names.name() });
  }

  /** By a schedule of its own, or on the wheel again. */
  private schedule(): void {
    const { random } = this.counter;
    const polled = [...this.edited, ...this.own()].filter((id) => this.calendar(id)?.source.kind === "url");
    const called = polled.filter((id) => this.calendar(id)?.schedule !== undefined);
    const thing = random.pick(called.length > 0 && random.chance(0.5) ? called : polled);
    const times = this.mayBeScheduled() && !called.includes(thing) ? random.pick(EXPRESSIONS) : random.pick(INTERVALS);
    this.edit(thing, { times });
    if (random.chance(0.3)) this.edit(thing, { times: random.pick(INTERVALS) });
  }

  private mayBeScheduled(): boolean {
    return this.counter.simulation.world.crons.standing.size < SCHEDULED_MOST;
  }

  private remove(): void {
    const own = this.own();
    if (own.length > 1 && this.counter.random.chance(0.5)) this.names.remove(this.counter.random.pick(own));
  }

  private someFields(): Values {
    const { random } = this.counter;
    const all: readonly Values[] = [
      { name: this.title() },
      { room: random.pick(["7", "8", null]) },
      { hint: random.pick(["follow", "ignore"]) },
      { name: this.title(), room: "9" },
    ];
    return random.pick(all);
  }

  private title(): string {
    this.titles += 1;
    return `Calendar ${this.titles}`;
  }

  private some(): string {
    return this.counter.random.pick([...this.edited, ...this.own()]);
  }

  /** Calendars of the office's own that are there. */
  private own(): string[] {
    const { metas } = this.counter.simulation.world.calendars;
    const isOwn = ({ calendarId, ownerId }: Calendar): boolean => ownerId === OWNER && !this.names.removed.has(calendarId);
    return [...metas.values()].filter(isOwn).map(({ calendarId }) => calendarId);
  }

  private isThere(thing: string): boolean {
    const { operators } = this.counter.weather;
    return (
      this.counter.simulation.world.calendars.isFound(thing) && !operators.removed.has(thing) && !this.names.removed.has(thing)
    );
  }

  private calendar(thing: string): Calendar | undefined {
    return this.counter.simulation.world.calendars.metas.get(thing);
  }

  private present(thing: string, field: string): Values[string] {
    return valueOf(this.calendar(thing), field);
  }
}
