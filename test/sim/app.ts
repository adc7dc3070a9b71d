/** An app with a push calendar of its own: what it writes, what it is answered, and which calls that costs. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import type { ChangeCounts } from "../../lib/core/runs.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { putEvents } from "../../lib/sync/put-events.ts";
import type { PutRequest } from "../../lib/sync/put-events.ts";
import { calendarText } from "../sync/sources.ts";
import type { SourceEvent } from "../sync/sources.ts";
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";
import { titlesOf } from "./observer.ts";
import type { Fault, Rival } from "./simulation.ts";

export type Asked<Answer> = {
  /** Undefined where it was refused or got no answer. */
  readonly answer: Answer | undefined;
  /** Its code. */
  readonly refused: string | undefined;
  readonly calls: readonly string[];
};
type Put = Partial<Omit<PutRequest, "bytes">> & { readonly text?: string; readonly at?: Date };

export class App {
  readonly drill: Drill;
  readonly calendarId: string;

  private constructor(drill: Drill, calendarId: string) {
    this.drill = drill;
    this.calendarId = calendarId;
  }

  static async of(drill: Drill, more: Partial<CalendarDraft> = {}): Promise<App> {
    const draft = CalendarDraft.parse({ source: { kind: "push" }, ...more });
    let calendarId = "";
    await drill.ask("create a push calendar", async (ports) => {
      ({ calendarId } = (await createCalendar(draft, ports, drill.context())).calendar);
    });
    return new App(drill, calendarId);
  }

  get checkpoint(): Checkpoint {
    const checkpoint = this.drill.simulation.world.calendars.checkpoints.get(this.calendarId);
    if (checkpoint === undefined) throw new Error(`${this.calendarId} is gone in the midst of a drill`);
    return checkpoint;
  }

  get version(): number {
    return this.checkpoint.calendarVersion;
  }

  /** UIDs and titles, sorted. */
  get content(): string {
    const { snapshotKey } = this.checkpoint;
    if (snapshotKey === undefined) return "";
    const { events }: Snapshot = JSON.parse(this.drill.simulation.world.objects.text(snapshotKey));
    return titlesOf(events.map(({ text }) => text).join("\n"));
  }

  /** How often apps heard of each part of a version, by part. */
  timesHeard(version: number): ReadonlyMap<number, number> {
    const heard = this.drill.simulation.world.published.filter(
      ({ calendarId, calendarVersion }) => calendarId === this.calendarId && calendarVersion === version,
    );
    return new Map([...Map.groupBy(heard, ({ part }) => part)].map(([part, messages]) => [part, messages.length]));
  }

  /** Puts these events in the place of all that is there. */
  async write(events: readonly SourceEvent[], put: Put, ports: Ports): Promise<ChangeCounts> {
    const { text = calendarText(events), at, ...request } = put;
    const bytes = new TextEncoder().encode(text);
    const context = this.drill.context();
    return await putEvents(
      { calendarId: this.calendarId, contentType: undefined, replace: "all", ...request, bytes },
      ports,
      at === undefined ? context : { ...context, now: () => at },
    );
  }

  /** The same, alone but for what `disturbed` says of its calls. */
  async put(events: readonly SourceEvent[], put: Put = {}, disturbed?: Disturbed): Promise<Asked<ChangeCounts>> {
    return await this.ask(async (ports) => await this.write(events, put, ports), disturbed);
  }

  /** Whatever the app asks for. */
  async ask<Answer>(work: (ports: Ports) => Promise<Answer>, disturbed?: Disturbed): Promise<Asked<Answer>> {
    const calls: string[] = [];
    let answer: Answer | undefined;
    await this.drill.planned(
      ({ name }, method) => {
        if (name !== "app (drill)") return undefined;
        calls.push(method);
        return disturbed?.(method);
      },
      async () =>
        await this.drill.ask("app", async (ports) => {
          answer = await work(ports);
        }),
    );
    return { answer, refused: this.drill.refused, calls };
  }
}

/** What becomes of a call. */
export type Disturbed = (method: string) => Fault | Rival | undefined;
