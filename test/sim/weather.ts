/** What happens to the system: ticks that come late, twice or not at all; sources that change, fail, shrink and throttle; people. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { FailureCode } from "../../lib/contract/code.ts";
import { FeedDraft } from "../../lib/contract/feed.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import { minuteOf } from "../../lib/core/slots.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import { mendSegments } from "../../lib/sync/mend-segments.ts";
import { putEvents } from "../../lib/sync/put-events.ts";
import { runTick } from "../../lib/sync/run-tick.ts";
import { tendAlerts } from "../../lib/sync/tend-alerts.ts";
import { tellExcess } from "../../lib/sync/tell-excess.ts";
import { calendarText, sampleEvents } from "../sync/sources.ts";
import type { Source, SourceEvent } from "../sync/sources.ts";
import { PARTS } from "./desk.ts";
import type { Ports } from "./desk.ts";
import { Operators } from "./operators.ts";
import { TICK } from "./simulation.ts";
import type { Simulation } from "./simulation.ts";
import { rethrowUnlessPassing } from "./workers.ts";

const HOSTS = 5;
const URL_CALENDARS = 18;
const PUSH_CALENDARS = 2;
const FEEDS = 3;
const TICK_MS = 50_000;
const IMPORTS_MS = 40_000;
const FAILURES: readonly FailureCode[] = [
  "source-timeout",
  "source-dns",
  "source-server-error",
  "source-not-found",
  "source-gone",
  "source-unauthorized",
  "source-incomplete",
];

export type Push = { readonly calendarId: string; events: readonly SourceEvent[]; tries: number; done: number };

export class Weather {
  readonly simulation: Simulation;
  readonly urlCalendars: string[] = [];
  readonly pushes: Push[] = [];
  readonly pushCalendars: string[] = [];
  readonly feedIds: string[] = [];
  readonly sources: Source[] = [];
  readonly operators: Operators;
  private titles = 0;

  constructor(simulation: Simulation) {
    this.simulation = simulation;
    const [urlCalendars, pushCalendars] = [this.urlCalendars, this.pushCalendars];
    this.operators = new Operators(simulation, {
      urlCalendars,
      pushCalendars,
      newSource: () => this.addSource().url,
      overwritten: (id) => this.overwritten(id),
    });
  }

  /** Where a registered calendar is pulled from. */
  sourceOf(calendarId: string): Source | undefined {
    const { calendars, sources } = this.simulation.world;
    const source = calendars.metas.get(calendarId)?.source;
    return source?.kind === "url" ? sources.byUrl.get(source.url) : undefined;
  }

  private overwritten(calendarId: string): void {
    for (const push of this.pushes) if (push.calendarId === calendarId) push.tries += 1;
  }

  addSource(): Source {
    const { world, random } = this.simulation;
    const index = this.sources.length;
    const source = world.sources.add(`https://host${index % HOSTS}.example/${index}.ics`, this.someEvents(`c${index}-`));
    source.validators = random.chance(0.7) ? "given" : "none";
    source.refreshMinutes = random.chance(0.3) ? random.pick([5, 10]) : undefined;
    this.sources.push(source);
    return source;
  }

  /** Registers everything through the use cases, in calm weather. */
  async begin(): Promise<void> {
    const { world, random } = this.simulation;
    const ports = this.simulation.desk.portsWith(async (_method, effect) => await effect());
    const context = { now: world.clock.now, newId: world.newId, randomBytes: world.randomBytes };
    const [slow, slowest] = random.chance(0.5) ? ["host0.example", "host1.example"] : ["host1.example", "host0.example"];
    world.hosts.stored.set(slow, { version: 1, host: slow, startsPerSecond: 0.1 });
    world.hosts.stored.set(slowest, { version: 1, host: slowest, startsPerSecond: 0.01 });
    for (let index = 0; index < URL_CALENDARS; index += 1) {
      const draft = {
        source: { kind: "url", url: this.addSource().url },
        intervalMinutes: random.pick([5, 10, 15] as const),
        firstImport: random.pick(["now", "turn"]),
      };
      this.urlCalendars.push((await createCalendar(CalendarDraft.parse(draft), ports, context)).calendar.calendarId);
    }
    for (let index = 0; index < PUSH_CALENDARS; index += 1) {
      const { calendar } = await createCalendar(CalendarDraft.parse({ source: { kind: "push" } }), ports, context);
      this.pushes.push({ calendarId: calendar.calendarId, events: [], tries: 0, done: 0 });
      this.pushCalendars.push(calendar.calendarId);
    }
    const all = [...this.urlCalendars, ...this.pushCalendars];
    for (let index = 0; index < FEEDS; index += 1) {
      const members = all.filter(() => random.chance(0.35)).map((calendarId) => ({ calendarId }));
      const draft = FeedDraft.parse({ name: `Feed ${index}`, members: members.length > 0 ? members : [{ calendarId: all[0] }] });
      this.feedIds.push((await createFeed(draft, ports, context)).feed.feedId);
    }
  }

  /** One minute of the storm. */
  minute(): void {
    const { simulation } = this;
    const { random } = simulation;
    const manner = random.next();
    if (manner < 0.65) this.tick();
    else if (manner < 0.8) simulation.at(random.between(5, 58) * 1000, () => this.tick());
    else if (manner < 0.9) {
      this.tick();
      simulation.at(random.between(0, 50) * 1000, () => this.tick());
    }
    for (const source of this.sources) if (random.chance(0.04)) this.change(source);
    if (random.chance(0.2)) this.ask();
    // Somebody who is in a hurry asks twice.
    if (random.chance(0.1)) this.askTwice(random.pick(this.urlCalendars));
    if (random.chance(0.1)) this.push();
    if (random.chance(0.1)) this.bringBack();
    if (random.chance(0.1)) this.operators.replayAll();
    this.operators.minute();
  }

  /** As fan-out takes it: a step that fails keeps back none of the others. */
  tick(): void {
    if (!this.simulation.desk.switches.isOn("tick")) return;
    this.simulation.spawn(TICK, async (ports) => {
      const { clock } = this.simulation.world;
      const [began, deadline] = [minuteOf(clock.now()), new Date(clock.nowMs + TICK_MS)];
      const take = async <Report>(step: Promise<Report>): Promise<Report | undefined> =>
        await step.catch((error: unknown) => {
          rethrowUnlessPassing(error);
          return undefined;
        });
      const imports = await take(runTick(ports, { now: clock.now, deadline: new Date(clock.nowMs + IMPORTS_MS) }));
      if (imports !== undefined) await take(tellExcess(imports.paceExceeded, ports, clock.now()));
      await take(tendAlerts(ports, { now: clock.now, deadline }));
      const count = imports?.minutes ?? 0;
      const minutes = Array.from({ length: count }, (_, index) => began - count + 1 + index);
      await take(mendSegments(minutes, ports, { now: clock.now, deadline }));
    });
  }

  /** Looks over the whole table; what is found is told to `hear`. */
  sweep(hear: (report: Readonly<Record<string, number>>) => void): void {
    this.simulation.spawn("sweep", async (ports) => {
      const { clock } = this.simulation.world;
      const minutes = Array.from({ length: PARTS }, (_, part) => part);
      hear(await mendSegments(minutes, ports, { now: clock.now, deadline: new Date(clock.nowMs + TICK_MS) }));
    });
  }

  heal(): void {
    for (const source of this.sources) source.manner = { kind: "well" };
    const { stored } = this.simulation.world.hosts;
    for (const [name, host] of stored) stored.set(name, { ...host, startsPerSecond: undefined });
  }

  /** Sources say what is sound: what their calendars hold, and some more. */
  calm(): void {
    for (const calendarId of this.simulation.world.calendars.metas.keys()) {
      const source = this.sourceOf(calendarId);
      if (source === undefined) continue;
      const held = heldEvents(this.simulation, calendarId);
      source.events = [...held, ...this.someEvents(`calm${(this.titles += 1)}-`).slice(0, 2)];
    }
  }

  /** Sources are well again, but some have lost most of what they had, for good. */
  shrink(): void {
    for (const source of this.sources) {
      source.manner = { kind: "well" };
      if (this.simulation.random.chance(0.5)) source.events = source.events.slice(0, this.simulation.random.between(0, 1));
    }
  }

  private change(source: Source): void {
    const { random } = this.simulation;
    const events = source.events;
    const kind = random.next();
    // Many servers stamp each answer anew.
    if (random.chance(0.3)) source.stamp = (source.stamp ?? 0) + 1;
    this.simulation.note(`source ${new URL(source.url).pathname} changes: ${kind.toFixed(3)}`);
    if (kind < 0.35) source.manner = { kind: "well" };
    if (kind < 0.35) return this.rewrite(source, kind);
    if (kind < 0.5) source.manner = { kind: "failing", code: random.pick(FAILURES) };
    else if (kind < 0.6)
      source.manner = { kind: "throttled", seconds: random.chance(0.2) ? undefined : random.pick([0, 30, 300, 3600]) };
    else if (kind < 0.65) source.manner = this.strange(events);
    else if (kind < 0.77) source.manner = { kind: "saying", text: calendarText(events.slice(0, random.between(0, 1))) };
    else source.manner = { kind: "well" };
  }

  /** Other events, most of them or all of them as before. */
  private rewrite(source: Source, kind: number): void {
    const { events } = source;
    if (kind < 0.1) source.events = [...events, ...this.someEvents(`n${(this.titles += 1)}-`).slice(0, 1)];
    else if (kind < 0.2) source.events = events.map((event) => ({ uid: event.uid, title: this.title() }));
    else if (kind < 0.3) source.events = [...events.slice(1), ...this.someEvents(`r${(this.titles += 1)}-`).slice(0, 1)];
    else if (kind < 0.35) source.events = events.length > 1 ? events.slice(1) : events;
  }

  /** 200 with something that is no whole calendar. */
  private strange(events: readonly SourceEvent[]): Source["manner"] {
    const whole = calendarText(events);
    const cut = whole.slice(0, this.simulation.random.between(0, whole.length - "END:VCALENDAR\r\n".length));
    return { kind: "saying", text: this.simulation.random.pick(["", "<html>Sign in</html>", cut]) };
  }

  /** A source that was gone has come back, and somebody tries it. */
  bringBack(): void {
    for (const [calendarId, { state }] of this.simulation.world.calendars.metas) {
      const source = this.sourceOf(calendarId);
      if (source === undefined || state !== "suspended") continue;
      source.manner = { kind: "well" };
      this.operators.syncNow(calendarId);
    }
  }

  /** Somebody wants a calendar now. */
  private ask(): void {
    this.operators.syncNow(this.simulation.random.pick(this.urlCalendars));
  }

  private askTwice(calendarId: string): void {
    this.operators.syncNow(calendarId);
    this.operators.syncNow(calendarId);
  }

  /** An app writes; it sends the same again until it is told that it is there. */
  push(push = this.simulation.random.pick(this.pushes)): void {
    push.events = [...push.events.slice(0, 3), ...this.someEvents(`p${(this.titles += 1)}-`)];
    const { calendarId, events } = push;
    const attempt = (push.tries += 1);
    const bytes = new TextEncoder().encode(calendarText(events));
    const replace = this.simulation.random.chance(0.7) ? "all" : "guarded";
    this.people(`push ${replace} ${calendarId}`, async (ports) => {
      const { calendarVersion } = await putEvents({ calendarId, bytes, contentType: undefined, replace }, ports, this.context());
      const owed = this.simulation.world.calendars.checkpoints.get(calendarId)?.pending?.version;
      if (owed === calendarVersion) this.simulation.violate(`version ${owed} of ${calendarId} was answered before it was told`);
      if (attempt === push.tries) push.done = attempt;
    });
  }

  pushAll(): void {
    for (const push of this.pushes) this.push(push);
  }

  /** A call of the API: who gets an error reads it, and nothing more happens. */
  private people(name: string, work: (ports: Ports) => Promise<void>): void {
    this.simulation.request(name, async (ports) => await work(ports).catch(rethrowUnlessPassing));
  }

  private context(): { now: () => Date; newId: () => string } {
    const { clock, newId } = this.simulation.world;
    return { now: clock.now, newId };
  }

  private someEvents(prefix: string): SourceEvent[] {
    return sampleEvents(this.simulation.random.between(3, 6), this.title(), prefix);
  }

  private title(): string {
    this.titles += 1;
    return `Title ${this.titles}`;
  }
}

/** What the calendar's snapshot says, as its source would say it. */
export function heldEvents({ world }: Simulation, calendarId: string): SourceEvent[] {
  const key = world.calendars.checkpoints.get(calendarId)?.snapshotKey;
  if (key === undefined) return [];
  const { events }: Snapshot = JSON.parse(world.objects.text(key));
  return events.map(({ sourceUid, text }) => ({ uid: sourceUid, title: /^SUMMARY:(.*)$/mu.exec(text)?.[1] ?? "" }));
}
