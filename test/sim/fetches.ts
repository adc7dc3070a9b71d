/** Who may ask a source, when, and how: at its reserved start, at its host's pace, never while the host cools down, with what is known of it. */
import type { ImportTask } from "../../lib/contract/task.ts";
import { startsPerSecond } from "../../lib/core/pace.ts";
import { validatorsKeyOf } from "../../lib/core/read-feed.ts";
import type { TaskEnd } from "../../lib/core/runs.ts";
import type { FetchRequest } from "../../lib/sync/import-calendar.ts";
import { brokenOf } from "./rules.ts";
import type { Rule } from "./rules.ts";
import type { Process, Simulation } from "./simulation.ts";
import type { Seen, Witness } from "./witness.ts";

const LATE_MS = 60_000;
/** Whoever waited for a free worker comes with the others. */
const WINDOW_MS = 600_000;
const TOLERATED = 2;
const AT_ONCE = 6;

export class Fetches {
  private readonly simulation: Simulation;
  private readonly witness: Witness;
  /** First requests of tasks, by host: UTC milliseconds. */
  private readonly first = new Map<string, number[]>();
  private readonly firstOf = new Set<string>();
  /** Who set each host's cooldown, and when. */
  private readonly cooled = new Map<string, { readonly by: number; readonly atMs: number }>();

  /** Processes that were the ones to try after a cooldown. */
  private readonly claimed = new Set<number>();

  constructor(simulation: Simulation, witness: Witness) {
    this.simulation = simulation;
    this.witness = witness;
    witness.asked = (process, request): void => this.asked(process, request);
    this.watchCooldowns();
  }

  private asked(process: Process, request: FetchRequest): void {
    const { task } = process;
    const seen = this.witness.seen(process);
    if (task?.kind !== "import" || seen === undefined) return this.simulation.violate(`${process.name} asked a source`);
    const rules = [
      ...this.startRules(process, task),
      ...turnRules(task, seen),
      this.cooldownRule(process, request.url.host),
      knownRule(seen, request),
    ];
    for (const text of brokenOf(rules)) this.simulation.violate(`task ${task.taskId} asked ${request.url.host} ${text}`);
    this.keepPace(request.url.host, task);
  }

  private startRules({ receives, startedMs }: Process, { reason, startAt }: ImportTask): Rule[] {
    const startMs = Date.parse(startAt);
    return [
      [reason !== "mend", "although it was only to mend"],
      [this.simulation.nowMs >= startMs, `before its start at ${startAt}`],
      [receives > 1 || startedMs - startMs <= LATE_MS, "late, with its whole backlog"],
    ];
  }

  /** Nobody asks who could know better, but the one that tries; after a cooldown only one does. */
  private cooldownRule(process: Process, host: string): Rule {
    const look = this.witness.look(process);
    if (look === undefined) return [false, "without a look whether its host cools down"];
    const isOver = look.until !== undefined && look.until <= new Date(look.atMs).toISOString();
    if (isOver) return [this.claimed.has(process.id), "although another tries after the cooldown"];
    const { nowMs, world } = this.simulation;
    const cooldownUntil = world.hosts.stored.get(host)?.cooldownUntil;
    const isCooling = cooldownUntil !== undefined && cooldownUntil > new Date(nowMs).toISOString();
    const cooled = this.cooled.get(host);
    const couldKnow = cooled !== undefined && cooled.by !== process.id && look.atMs > cooled.atMs;
    return [!isCooling || !couldKnow, `while it cools down until ${cooldownUntil}`];
  }

  /** Whoever tried after a cooldown and heard anything but "later" lets the others go on. */
  ended(process: Process, end: TaskEnd): void {
    const heard = this.witness.heard(process);
    if (end.kind === "retry" && end.failure.code === "aws-unavailable") return;
    if (!this.claimed.has(process.id) || heard === undefined) return;
    const hasEnded = process.done.includes("hosts.endCooldown");
    if (hasEnded !== (heard.kind !== "deferred")) {
      this.simulation.violate(`${process.name} heard ${heard.kind} and ${hasEnded ? "ended" : "left"} the cooldown`);
    }
  }

  private keepPace(host: string, { taskId }: ImportTask): void {
    const { nowMs, world } = this.simulation;
    if (this.firstOf.has(taskId)) return;
    this.firstOf.add(taskId);
    const times = [...(this.first.get(host) ?? []).filter((atMs) => atMs > nowMs - WINDOW_MS), nowMs];
    this.first.set(host, times);
    const pace = startsPerSecond(world.hosts.stored.get(host) ?? { version: 1, host });
    const most = Math.ceil((TOLERATED * pace * WINDOW_MS) / 1000) + AT_ONCE;
    if (times.length > most)
      this.simulation.violate(`host ${host} was asked ${times.length} times within ten minutes, at most ${most}`);
  }

  private watchCooldowns(): void {
    const { hosts } = this.simulation.world;
    const [coolDown, claimProbe] = [hosts.coolDown.bind(hosts), hosts.claimProbe.bind(hosts)];
    const note = (host: string): void => {
      const { actor, nowMs } = this.simulation;
      this.cooled.set(host, { by: actor?.id ?? 0, atMs: nowMs });
    };
    hosts.coolDown = async (host, until) => {
      const before = hosts.stored.get(host)?.cooldownUntil;
      const done = coolDown(host, until);
      if (hosts.stored.get(host)?.cooldownUntil !== before) note(host);
      await done;
    };
    hosts.claimProbe = async (host, over, lease) => {
      const isClaimed = hosts.stored.get(host)?.cooldownUntil === over;
      if (isClaimed) note(host);
      if (isClaimed) this.claimed.add(this.simulation.actor?.id ?? 0);
      return await claimProbe(host, over, lease);
    };
  }
}

/** A turn is asked for once, of an active calendar, and not before the host's "later" or the calendar's own back-off is over. */
function turnRules({ turn }: ImportTask, { calendar, checkpoint, atMs }: Seen): Rule[] {
  const { notBefore, outcome, lastTurn } = checkpoint;
  const isKept = notBefore !== undefined && notBefore > new Date(atMs).toISOString();
  if (turn === undefined) return [[!isKept || outcome?.status !== "deferred", `before ${notBefore}`]];
  const hasAnswered = outcome?.status === "imported" || outcome?.status === "unchanged";
  const mayRun = calendar.state === "active" || (calendar.state === "suspended" && hasAnswered);
  return [
    [!isKept, `before ${notBefore}`],
    [mayRun, `although its calendar is ${calendar.state}`],
    [turn > lastTurn, "for a turn that is over"],
  ];
}

/** An unchanged feed costs one request: what is known of it goes out with it, and what another engine knew does not. */
function knownRule({ calendar, checkpoint, hold }: Seen, { etag }: FetchRequest): Rule {
  const isKnown = checkpoint.engineKey === validatorsKeyOf(calendar);
  const { refreshedAt = "", fetchedAt = "" } = checkpoint;
  const saidAt = hold === undefined ? fetchedAt : (hold.lastConfirmedAt ?? hold.openedAt);
  // Whoever asked to read it anew wants nothing of what was said before.
  const isForgotten = refreshedAt !== "" && (saidAt <= refreshedAt || fetchedAt <= refreshedAt);
  const known = isKnown && !isForgotten ? (hold ?? checkpoint).etag : undefined;
  return [etag === known, `with the ETag ${etag}, wanted ${known}`];
}
