/** What may become of a reservation's record, and when its task may be sent: whoever writes the record first decides. */
import type { OwnersReservation } from "../../lib/contract/owners-reservation.ts";
import { readTask } from "../../lib/core/letters.ts";
import { reservationIdOf, reservationScheduleName, reservedTaskId } from "../../lib/core/owners-reservations.ts";
import { isWaiting } from "../../lib/core/runs.ts";
import type { Counter } from "./counter.ts";
import { brokenOf } from "./rules.ts";
import type { Rule } from "./rules.ts";

const DAY_MS = 86_400_000;

export class ReservationRecords {
  /** Those that somebody was told of. */
  readonly told = new Set<string>();
  /** How often each was written. */
  private readonly writes = new Map<string, number>();
  /** Those whose task was sent. */
  private readonly sent = new Set<string>();
  private readonly counter: Counter;
  /** The times that anybody asked for, by reservation. */
  private readonly asked = new Map<string, Set<string>>();

  constructor(counter: Counter) {
    this.counter = counter;
    const { stored } = counter.simulation.world.ownersReservations;
    const set = stored.set.bind(stored);
    stored.set = (reservationId, after) => {
      this.written(stored.get(reservationId), after);
      return set(reservationId, after);
    };
    const { urgent, exports } = counter.simulation.world;
    for (const queue of [urgent, exports]) {
      const send = queue.send.bind(queue);
      queue.send = (body, delaySeconds, givenUp) => {
        this.taskSent(body);
        send(body, delaySeconds, givenUp);
      };
    }
  }

  stored(reservationId: string): OwnersReservation | undefined {
    return this.counter.simulation.world.ownersReservations.stored.get(reservationId);
  }

  waiting(): readonly OwnersReservation[] {
    const { stored } = this.counter.simulation.world.ownersReservations;
    return [...stored.values()].filter(({ state }) => state === "waiting");
  }

  /** Names of the schedules that call for it. */
  schedulesOf(reservationId: string): readonly string[] {
    const { standing } = this.counter.simulation.world.reservationSchedules;
    return [...standing].flatMap(([name, { call }]) => (call.reservationId === reservationId ? [name] : []));
  }

  /** One owner's that somebody was told of by now; asked later, those of them that nobody has written meanwhile. */
  toldSoFar(ownerId: string): () => readonly string[] {
    const before = new Map(this.writes);
    const told = [...this.told].filter((id) => this.stored(id)?.ownerId === ownerId);
    return () => told.filter((id) => before.get(id) === this.writes.get(id));
  }

  /** Somebody asks for it to be moved there. */
  ask(reservationId: string, at: string): void {
    this.asked.set(reservationId, (this.asked.get(reservationId) ?? new Set()).add(at));
  }

  private written(before: OwnersReservation | undefined, after: OwnersReservation): void {
    this.writes.set(after.reservationId, (this.writes.get(after.reservationId) ?? 0) + 1);
    this.check(after.reservationId, before === undefined ? newRules(after) : this.changeRules(before, after));
  }

  private changeRules(before: OwnersReservation, after: OwnersReservation): Rule[] {
    const isMoved = after.revision !== before.revision;
    const isAsked = this.asked.get(after.reservationId)?.has(after.at) === true;
    const [wasOpen, isSame] = [before.state === "waiting", after.state === before.state];
    return [
      [wasOpen || isSame, `is ${after.state} after it was ${before.state}`],
      [isMoved || after.at === before.at, `is for ${after.at} and was for ${before.at}, under one revision`],
      [!isMoved || (wasOpen && after.state === "waiting"), `was moved when it was ${before.state}`],
      [!isMoved || (after.revision === before.revision + 1 && isAsked), `was moved to ${after.at}, which nobody asked for`],
      [JSON.stringify(after.target) === JSON.stringify(before.target), "is for something else than before"],
      [after.state !== "sent" || after.taskId === reservedTaskId(after), `is sent as ${after.taskId}`],
      [after.state !== "cancelled" || after.settledAt !== undefined, "is cancelled and does not say when"],
      [before.ended === undefined || after.ended !== undefined, "has forgotten how it ended"],
    ];
  }

  /** At rest: done, cancelled, or far away and called then. */
  checkRest(): void {
    const { stored } = this.counter.simulation.world.ownersReservations;
    for (const one of stored.values()) this.check(one.reservationId, this.restRules(one));
    for (const id of this.told) this.check(id, [[stored.has(id), "was made and is not there"]]);
  }

  private restRules(one: OwnersReservation): Rule[] {
    const { nowMs } = this.counter.simulation;
    const { reservationId, state, at, settledAt } = one;
    const schedules = this.schedulesOf(reservationId).join();
    if (state === "waiting")
      return [
        [Date.parse(at) - nowMs > DAY_MS, `waits for ${at}, which is over`],
        [schedules === reservationScheduleName(one), `waits for ${at} and is called by ${schedules}`],
      ];
    return [
      [schedules === "", `is ${state} and still called by ${schedules}`],
      [settledAt !== undefined, `is ${state} and does not say when`],
      ...(state === "sent" ? this.sentRules(one) : [[!this.sent.has(reservationId), "was cancelled and sent"] satisfies Rule]),
    ];
  }

  private sentRules({ reservationId, target, sent, taskId, ended }: OwnersReservation): Rule[] {
    const { calendars, feeds, letters, reservations } = this.counter.simulation.world;
    const isSent = this.sent.has(reservationId);
    const isFound =
      target.kind === "sync" ? calendars.isFound(target.calendarId) : feeds.metas.get(target.feedId)?.state === "active";
    const rules: Rule[] = [
      [sent !== undefined, "was claimed, and nobody says how it was sent"],
      [sent !== "sent" || isSent, "is said to be sent, and no task was"],
      [sent !== "gone" || !isFound, "is of what is gone, which is there"],
    ];
    if (target.kind === "export")
      return [
        ...rules,
        [
          sent === "gone" || ended !== undefined || letters.stored.has(`export-${target.feedId}`),
          "was built and does not say so",
        ],
      ];
    const run = calendars.runs.get(`${target.calendarId} ${taskId}`);
    const isOpen = run === undefined || (isWaiting(run) && !reservations.holds(run.taskId));
    return [...rules, [!isFound || !isOpen, `was sent, and its run is ${run?.status}`]];
  }

  /** It was claimed before, by its time, so that nobody can cancel or move it any more. */
  private taskSent(body: string): void {
    const { simulation } = this.counter;
    const task = readTask(body);
    if (task?.kind === "download" || task?.reason !== "reservation") return;
    const reservationId = reservationIdOf(task.taskId);
    const { state, at = "", taskId, settledAt = "" } = this.stored(reservationId) ?? {};
    const { name = "", startedMs = 0 } = simulation.actor ?? {};
    this.sent.add(reservationId);
    this.check(reservationId, [
      [state === "sent", `is sent when it is ${state}`],
      [taskId === task.taskId, `is sent as ${task.taskId}, claimed as ${taskId}`],
      [Date.parse(at) <= simulation.nowMs, `is for ${at} and sent before that`],
      [
        !name.startsWith("call of reservation") || !(Date.parse(settledAt) < startedMs),
        `was sent at ${settledAt} and is sent again`,
      ],
    ]);
  }

  private check(reservationId: string, rules: readonly Rule[]): void {
    for (const text of brokenOf(rules)) this.counter.simulation.violate(`reservation ${reservationId} ${text}`);
  }
}

function newRules({ state, revision }: OwnersReservation): Rule[] {
  return [[state === "waiting" && revision === 1, `is made and is ${state} in revision ${revision}`]];
}
