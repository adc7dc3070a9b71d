/** In calm weather everything is tried once, alone, and looked at: what people ask for is done, and what sources do is taken as it should be. */
import type { Checkpoint, Hold } from "../../lib/contract/checkpoint.ts";
import type { ExportTask } from "../../lib/contract/task.ts";
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { Source } from "../sync/sources.ts";
import { sampleEvents } from "../sync/sources.ts";
import { Answers } from "./answers.ts";
import type { Ports } from "./desk.ts";
import { heldEvents } from "./weather.ts";
import type { Weather } from "./weather.ts";
import type { Plan, Simulation } from "./simulation.ts";

/** How time goes on in a drill: until nothing is under way; through as many ticks as each calendar needs for a turn. */
export type Course = { readonly drain: () => Promise<void>; readonly turns: () => Promise<void> };

/** One calendar with its source, and what is remembered of it. */
export class Pupil {
  readonly calendarId: string;
  readonly source: Source;
  private readonly simulation: Simulation;

  constructor(simulation: Simulation, calendarId: string, source: Source) {
    this.simulation = simulation;
    this.calendarId = calendarId;
    this.source = source;
  }

  get checkpoint(): Checkpoint {
    return known(this.simulation.world.calendars.checkpoints.get(this.calendarId), this.calendarId);
  }

  get calendar(): Calendar {
    return known(this.simulation.world.calendars.metas.get(this.calendarId), this.calendarId);
  }

  get host(): string | undefined {
    return this.checkpoint.host;
  }

  get hold(): Hold | undefined {
    return this.simulation.world.calendars.holds.get(this.calendarId);
  }

  get status(): string | undefined {
    return this.checkpoint.outcome?.status;
  }

  /** UIDs of its last good copy, sorted. */
  get content(): string {
    return uidsOf(heldEvents(this.simulation, this.calendarId));
  }

  get wanted(): string {
    return uidsOf(this.source.events);
  }
}

export type Apart = readonly [Pupil, Pupil, Pupil, Pupil, Pupil];

export class Drill {
  readonly simulation: Simulation;
  readonly weather: Weather;
  readonly course: Course;
  /** The refusal's code, or nothing, of what was asked last. */
  refused: string | undefined;
  readonly answers: Answers;
  private names = 0;

  constructor(simulation: Simulation, weather: Weather, course: Course) {
    this.simulation = simulation;
    this.answers = new Answers(simulation);
    this.weather = weather;
    this.course = course;
  }

  /** Calendars that are pulled, the first of the list first. */
  pupils(): Pupil[] {
    const ids = [...this.simulation.world.calendars.metas.keys()];
    return ids.flatMap((calendarId) => {
      const source = this.weather.sourceOf(calendarId);
      return source === undefined ? [] : [new Pupil(this.simulation, calendarId, source)];
    });
  }

  /** One calendar of each host: what one host says keeps none of the others waiting. */
  pupilsApart(): Apart {
    const byHost = Map.groupBy(this.pupils(), ({ host }) => host);
    const [one, two, three, four, five] = [...byHost.values()].flatMap(([first]) => first ?? []);
    if (!one || !two || !three || !four || !five) throw new Error("too few hosts are left for a drill");
    return [one, two, three, four, five];
  }

  /** Somebody does this alone, and everything that follows from it comes to its end. */
  async ask(name: string, work: (ports: Ports) => Promise<unknown>): Promise<void> {
    this.refused = undefined;
    this.simulation.spawn(`${name} (drill)`, async (ports) => {
      await work(ports).catch((error: unknown) => {
        if (!(error instanceof Error) || !("code" in error)) throw error;
        this.refused = String(error.code);
      });
    });
    await this.course.drain();
  }

  /** Calls are broken, or somebody comes between them, as the plan says, and else as the plan round it does; nothing of it is left after `during`. */
  async planned(plan: Plan, during: () => Promise<void>): Promise<void> {
    const { plan: outer } = this.simulation;
    this.simulation.plan = (process, method) => plan(process, method) ?? outer?.(process, method);
    await during();
    this.simulation.plan = outer;
  }

  /** Each feed that is built once more gives the bytes that it has. */
  async rebuild(): Promise<void> {
    const { feeds } = this.simulation.world;
    for (const feedId of feeds.metas.keys()) {
      const before = feeds.builds.get(feedId)?.etag;
      const task: ExportTask = {
        version: 1,
        kind: "export",
        taskId: `drill-${feedId}-${this.simulation.nowMs}`,
        feedId,
        reason: "requested",
      };
      await this.ask(`rebuild ${feedId}`, async ({ exports }) => await exports.sendExports([task], 0));
      this.must(feeds.builds.get(feedId)?.etag === before, `feed ${feedId} was older than its calendars`);
    }
  }

  async sync({ calendarId }: Pupil): Promise<void> {
    this.weather.operators.syncNow(calendarId);
    await this.course.drain();
  }

  /** Its source has these many new events, and they are imported. */
  async refill(pupil: Pupil, count: number): Promise<void> {
    this.names += 1;
    pupil.source.events = sampleEvents(count, `Drill ${this.names}`, `drill${pupil.calendarId}-${this.names}-`);
    pupil.source.manner = { kind: "well" };
    // Whoever lost all it had may be held; a calendar that somebody empties first is not.
    await this.sync(pupil);
  }

  /** Import tasks that wait in a queue, or on a schedule. */
  sent(): number {
    const { imports, urgent, reservations } = this.simulation.world;
    return imports.messages.size + urgent.messages.size + reservations.schedules.size;
  }

  /** UTC instant. */
  get at(): string {
    return new Date(this.simulation.nowMs).toISOString();
  }

  hours(count: number): void {
    this.simulation.skip(count * 3_600_000);
    this.simulation.world.cursor.covered = Math.floor(this.simulation.nowMs / 60_000) - 1;
  }

  must(isSo: boolean, otherwise: string): void {
    if (!isSo) this.simulation.violate(`drill: ${otherwise}`);
  }

  context(): { now: () => Date; newId: () => string; who: string } {
    const { clock, newId } = this.simulation.world;
    return { now: clock.now, newId, who: "operator" };
  }
}

function uidsOf(events: readonly { readonly uid: string }[]): string {
  return events
    .map(({ uid }) => uid)
    .toSorted()
    .join(" ");
}

function known<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Error(`${name} is gone in the midst of a drill`);
  return value;
}
