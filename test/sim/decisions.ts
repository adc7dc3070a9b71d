/** In which order a person's decision and a worker's commit are written, and what a run may say, seen at the moment of each write. */
import type { ChangeSet } from "../../lib/contract/change.ts";
import type { Run } from "../../lib/contract/run.ts";
import { isStanding } from "../../lib/core/hold.ts";
import type { Simulation } from "./simulation.ts";
import type { Witness } from "./witness.ts";

export class Decisions {
  private readonly simulation: Simulation;
  private readonly witness: Witness;

  constructor(simulation: Simulation, witness: Witness) {
    this.simulation = simulation;
    this.witness = witness;
    const { calendars } = simulation.world;
    const moveSlot = calendars.moveSlot.bind(calendars);
    calendars.moveSlot = async (calendarId, from, to) => {
      this.checkMove(calendarId, from, to);
      await moveSlot(calendarId, from, to);
    };
    const clearPending = calendars.clearPending.bind(calendars);
    calendars.clearPending = async (calendarId, version) => {
      this.checkTold(calendarId);
      await clearPending(calendarId, version);
    };
    const putRun = calendars.putRun.bind(calendars);
    calendars.putRun = async (run) => {
      if (run.status === "imported") this.checkRun(run);
      if (run.reason === "reject" && simulation.actor?.done.includes("calendars.save") === false)
        this.violate(run.calendarId, "has a run of a rejection that was not written");
      await putRun(run);
    };
  }

  private checkMove(calendarId: string, from: string, to: string): void {
    const { actor } = this.simulation;
    if (from === to) this.violate(calendarId, `is moved from ${from} to where it is`);
    const isFollowed = actor?.name.startsWith("approve") !== true || actor.done.includes("urgent.sendUrgent");
    if (!isFollowed) this.violate(calendarId, "is moved by a person, and nobody will look after it should that end here");
  }

  /** Whoever hears of a version finds the hold gone that it was made of. */
  private checkTold(calendarId: string): void {
    const { actor, world } = this.simulation;
    if (actor === undefined) return;
    const hold = world.calendars.holds.get(calendarId);
    const isMade = actor.done.lastIndexOf("calendars.save") > actor.done.lastIndexOf("calendars.load");
    // Another worker may have put it back since.
    const isOwn = hold !== undefined && hold === this.witness.seen(actor)?.stored;
    const isDecided = actor.task !== undefined || actor.name.startsWith("approve");
    if (!isMade || !isOwn || !isDecided || isStanding(hold, world.calendars.checkpoints.get(calendarId)?.fetchedAt)) return;
    this.violate(calendarId, `has told of a version, and hold ${hold.holdId} that it ended is still there`);
  }

  /** It names a version that is there, and counts what that version changed. */
  private checkRun(run: Run): void {
    const { calendarId, calendarVersion = 0 } = run;
    const { calendars, objects } = this.simulation.world;
    const isThere = (calendars.checkpoints.get(calendarId)?.calendarVersion ?? calendarVersion) >= calendarVersion;
    if (!isThere) this.violate(calendarId, `has a run of version ${calendarVersion} before that is there`);
    const prefix = `changes/${calendarId}/${String(calendarVersion).padStart(9, "0")}-`;
    const key = [...this.simulation.changes].find((one) => one.startsWith(prefix) && objects.stored.has(one));
    if (key === undefined) return;
    const { changes }: ChangeSet = JSON.parse(objects.text(key));
    for (const kind of ["created", "updated", "deleted"] as const) {
      const count = changes.filter((change) => change.kind === kind).length;
      if (run[kind] !== count)
        this.violate(calendarId, `has a run of ${run[kind]} ${kind} events in version ${calendarVersion}, wanted ${count}`);
    }
  }

  private violate(calendarId: string, text: string): void {
    this.simulation.violate(`calendar ${calendarId} ${text}`);
  }
}
