/** Every turn is sent: a minute is covered only when each calendar that is due at it has its task. */
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import { slotsDue } from "../../lib/core/slots.ts";
import type { Simulation } from "./simulation.ts";

/** Longer than a tick lives: what moved in this time may be seen either way. */
const UNSURE_MS = 300_000;
/** A start further away may be too far for SQS. */
const NEAR_MS = 300_000;

export class Turns {
  private readonly simulation: Simulation;
  private readonly sent = new Set<string>();
  /** When each calendar got its place on the wheel or its waiting ended, UTC milliseconds. */
  private readonly placedAtMs = new Map<string, number>();
  private readonly places = new Map<string, string>();

  constructor(simulation: Simulation) {
    this.simulation = simulation;
    simulation.world.cursor.observe = (minute): void => this.covered(minute);
  }

  taskSent({ taskId }: ImportTask): void {
    this.sent.add(taskId);
  }

  saved({ calendarId, wheel = "", notBefore = "", host = "" }: Checkpoint): void {
    const place = `${wheel} ${notBefore} ${host}`;
    if (this.places.get(calendarId) === place) return;
    this.places.set(calendarId, place);
    this.placedAtMs.set(calendarId, this.simulation.nowMs);
  }

  private covered(minute: number): void {
    const { simulation } = this;
    const due = new Set(slotsDue(minute, Math.floor(simulation.nowMs / 60_000)));
    for (const checkpoint of simulation.world.calendars.checkpoints.values()) {
      const { calendarId, wheel = "" } = checkpoint;
      // Who moves a calendar to another source ends its waiting, and names another host.
      this.saved(checkpoint);
      if (!due.has(wheel) || this.isUnsure(checkpoint) || this.sent.has(`${calendarId}@${minute}`)) continue;
      simulation.violate(`minute ${minute} is covered, and calendar ${calendarId} was not sent`);
    }
  }

  /** It waited, its host had no near start, or it came to the wheel just now. */
  private isUnsure({ calendarId, notBefore = "", host: name = "" }: Checkpoint): boolean {
    const { nowMs, world } = this.simulation;
    const since = new Date(nowMs - UNSURE_MS).toISOString();
    const { cooldownUntil = "", nextStartAtMs = 0, startsPerSecond } = world.hosts.stored.get(name) ?? {};
    const isBusy = startsPerSecond !== undefined || nextStartAtMs - nowMs > NEAR_MS || cooldownUntil > since;
    return isBusy || notBefore > since || (this.placedAtMs.get(calendarId) ?? nowMs) > nowMs - UNSURE_MS;
  }
}
