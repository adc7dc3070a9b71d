/** When each calendar changed its state or its place on the wheel, and who did it: whether an answer was true is asked of this book. */
import type { CalendarState } from "../../lib/contract/calendar.ts";
import type { Process, Simulation } from "./simulation.ts";

type Change<Value> = { readonly at: number; readonly to: Value; readonly by: number | undefined };

export class Journal {
  /** Moves with each change and each read. */
  now = 0;
  private readonly simulation: Simulation;
  private readonly states = new Map<string, Change<CalendarState | "gone">[]>();
  private readonly places = new Map<string, Change<string | undefined>[]>();
  private readonly reads = new Map<string, number>();
  private readonly asked = new Map<string, Set<string>>();

  constructor(simulation: Simulation) {
    this.simulation = simulation;
    this.watchStates();
    this.watchPlaces();
    this.watchReads();
    this.watchRuns();
  }

  /** The state at that moment, and each since. */
  statesSince(calendarId: string, at: number): readonly string[] {
    const all = this.states.get(calendarId) ?? [];
    const before = all.findLast((change) => change.at <= at);
    return [before, ...all.filter((change) => change.at > at)].flatMap((change) => (change === undefined ? [] : [change.to]));
  }

  /** When the process brought it into the state last. */
  movedBy(calendarId: string, state: CalendarState, { id }: Process): number | undefined {
    return this.states.get(calendarId)?.findLast(({ to, by }) => to === state && by === id)?.at;
  }

  readBy(calendarId: string, { id }: Process): number | undefined {
    return this.reads.get(`${id} ${calendarId}`);
  }

  /** Whether somebody put it on the wheel, or took it off, after that moment. */
  wasPlaced(calendarId: string, how: "on" | "off", after: number): boolean {
    const changes = this.places.get(calendarId) ?? [];
    return changes.some(({ at, to }) => at > after && (to === undefined) === (how === "off"));
  }

  /** Runs that the processes put of the calendar. */
  runsBy(calendarId: string, processes: readonly Process[]): ReadonlySet<string> {
    return new Set(processes.flatMap(({ id }) => [...(this.asked.get(`${id} ${calendarId}`) ?? [])]));
  }

  private note<Value>(book: Map<string, Change<Value>[]>, calendarId: string, to: Value): void {
    this.now += 1;
    const changes = book.get(calendarId) ?? [];
    changes.push({ at: this.now, to, by: this.simulation.actor?.id });
    book.set(calendarId, changes);
  }

  private watchStates(): void {
    const { metas } = this.simulation.world.calendars;
    for (const [calendarId, { state }] of metas) this.note(this.states, calendarId, state);
    const [set, remove] = [metas.set.bind(metas), metas.delete.bind(metas)];
    metas.set = (calendarId, calendar) => {
      const before = metas.get(calendarId)?.state;
      if (before !== calendar.state) this.note(this.states, calendarId, calendar.state);
      return set(calendarId, calendar);
    };
    metas.delete = (calendarId) => {
      this.note(this.states, calendarId, "gone");
      return remove(calendarId);
    };
  }

  private watchPlaces(): void {
    const { calendars } = this.simulation.world;
    const { observe } = calendars;
    calendars.observe = (before, after) => {
      if (before?.wheel !== after.wheel) this.note(this.places, after.calendarId, after.wheel);
      observe?.(before, after);
    };
  }

  private watchReads(): void {
    const { calendars } = this.simulation.world;
    const load = calendars.load.bind(calendars);
    calendars.load = async (calendarId) => {
      this.now += 1;
      this.reads.set(`${this.simulation.actor?.id} ${calendarId}`, this.now);
      return await load(calendarId);
    };
  }

  private watchRuns(): void {
    const { calendars } = this.simulation.world;
    const putRun = calendars.putRun.bind(calendars);
    calendars.putRun = async (run) => {
      const key = `${this.simulation.actor?.id} ${run.calendarId}`;
      if (run.status === "queued") this.asked.set(key, (this.asked.get(key) ?? new Set()).add(run.runId));
      await putRun(run);
    };
  }
}
