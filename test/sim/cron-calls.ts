/** Scheduler's calls for calendars with a schedule of their own: at their minutes, at least once, and again where a call was not taken. */
import type { CronSchedule } from "../../lib/contract/schedule.ts";
import { cronTurns } from "../../lib/core/cron.ts";
import { takeCall } from "../../lib/sync/take-call.ts";
import type { Counter } from "./counter.ts";
import { rethrowUnlessPassing } from "./workers.ts";

const MINUTE_MS = 60_000;
/** Within these each schedule of the simulation is due. */
const LOOK_BACK_MS = 16 * MINUTE_MS;
const TURNS = 4;
const DOUBLED_SHARE = 0.1;

export class CronCalls {
  private readonly counter: Counter;
  /** When each schedule was due last, by `<ownerId>.<calendarId>`; when it was first seen, where it was not due yet. */
  private readonly due = new Map<string, number>();
  /** Due times whose call nobody has taken yet. */
  private readonly owed = new Map<string, number>();

  constructor(counter: Counter) {
    this.counter = counter;
    this.look();
  }

  private look(): void {
    const { simulation } = this.counter;
    const { crons } = simulation.world;
    for (const [name, schedule] of crons.standing) this.owe(name, schedule);
    for (const name of this.due.keys()) if (!crons.standing.has(name)) this.forget(name);
    if (simulation.desk.switches.isOn("cron")) for (const [name, dueMs] of this.owed) this.call(name, dueMs);
    simulation.at(MINUTE_MS, () => this.look());
  }

  private owe(name: string, schedule: CronSchedule): void {
    const { nowMs } = this.counter.simulation;
    const last = this.due.get(name) ?? nowMs;
    const newest = cronTurns(schedule, nowMs - LOOK_BACK_MS, TURNS).findLast((atMs) => atMs <= nowMs) ?? 0;
    this.due.set(name, Math.max(last, newest));
    if (newest > last) this.owed.set(name, newest);
  }

  private forget(name: string): void {
    this.due.delete(name);
    this.owed.delete(name);
  }

  private call(name: string, dueMs: number): void {
    const { simulation, random } = this.counter;
    const [ownerId = "", calendarId = ""] = name.split(".");
    const call = { calendarId, ownerId, reason: "cron", dueAt: new Date(dueMs).toISOString() } as const;
    for (let times = random.chance(DOUBLED_SHARE) ? 2 : 1; times > 0; times -= 1) {
      simulation.spawn(`cron call of ${calendarId}`, async (ports) => {
        const end = await takeCall(call, ports, simulation.world.clock.now()).catch(rethrowUnlessPassing);
        if (end !== undefined && this.owed.get(name) === dueMs) this.owed.delete(name);
      });
    }
  }
}
