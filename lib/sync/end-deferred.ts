/** How a task ends whose host said "later": booked again where it has no turn soon, given up where that went on for too long. */
import type { Checkpoint, Outcome } from "../contract/checkpoint.ts";
import { deferredUntil } from "../core/backoff.ts";
import { countDeferral, deferredTooLong } from "../core/deferral.ts";
import type { Deferrals } from "../core/deferral.ts";
import type { Failure } from "../core/failure.ts";
import { importFailed } from "../core/life-messages.ts";
import { runIdOf } from "../core/runs.ts";
import type { Done, TaskEnd } from "../core/runs.ts";
import { hasNoTurnSoon, putOff } from "../core/reservations.ts";
import { expectedOf, record, settled } from "./end-task.ts";
import type { Decision } from "./end-task.ts";
import type { Fetched, ImportContext, ImportPorts } from "./import-calendar.ts";
import { tellFeeds } from "./tell-feeds.ts";

type Deferred = Extract<Fetched, { kind: "deferred" }>;

/** "lost" where another worker wrote first. */
export async function saveDeferred(
  decision: Decision,
  fetched: Deferred,
  ports: ImportPorts,
  context: ImportContext,
): Promise<TaskEnd | "lost"> {
  const { loaded, task } = decision;
  const { calendar, checkpoint } = loaded;
  const now = context.now();
  const { until, speaker, counted, tooLong } = weigh(checkpoint, fetched, now, context.random());
  if (speaker !== undefined) await ports.hosts.coolDown(speaker, until);
  const failure = tooLong ?? fetched.failure;
  // The letter or the booking first: were the turn closed before it, a crash between the two would lose the task.
  if (tooLong !== undefined) {
    await ports.deadLetters.giveUp(task, tooLong, checkpoint.attempts);
    const { failures } = checkpoint;
    const failed = { code: tooLong.code, at: now.toISOString(), runId: runIdOf(task, decision.began), failures };
    await ports.changes.publish(importFailed(failed, calendar));
  } else if (hasNoTurnSoon(task, checkpoint.wheel, until, calendar.schedule)) {
    await ports.reservations.book(putOff(task, calendar.ownerId, until, now.getTime()));
  }
  const outcome = outcomeOf(failure, now);
  const next: Checkpoint = { ...settled(decision, outcome), ...counted, attempts: checkpoint.attempts, notBefore: until };
  await tellFeeds(checkpoint, next, ports, outcome.at);
  if ((await ports.calendars.save(next, expectedOf(decision))) === "lost") return "lost";
  const end: Done = { kind: "done", status: tooLong === undefined ? "deferred" : "failed", failure };
  await record(decision, end, ports, context);
  return end;
}

type Weighed = {
  readonly until: string;
  /** The host where it said so itself, and everybody waits. */
  readonly speaker: string | undefined;
  readonly counted: Pick<Checkpoint, keyof Deferrals>;
  readonly tooLong: Failure | undefined;
};

function weigh(checkpoint: Checkpoint, { until: asked, failure }: Deferred, now: Date, random: number): Weighed {
  // A window ends when it says, and is nobody's failure however long it is.
  if (failure.code === "host-blackout" && asked !== undefined) {
    const { deferredSince, deferrals } = checkpoint;
    return { until: asked, speaker: undefined, counted: { deferredSince, deferrals }, tooLong: undefined };
  }
  const counted = countDeferral(checkpoint, now);
  return {
    until: deferredUntil(now, asked, random),
    speaker: failure.code === "host-cooling-down" ? undefined : checkpoint.host,
    counted,
    tooLong: deferredTooLong(counted, now, checkpoint.host),
  };
}

function outcomeOf({ code, reason }: Failure, now: Date): Outcome {
  return { status: "deferred", at: now.toISOString(), code, reason: reason.slice(0, 300) };
}
