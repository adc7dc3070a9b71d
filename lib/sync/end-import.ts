/** How an import ends: what was fetched becomes a saved outcome, a commit, a retry or a dead letter. */
import type { Checkpoint, Hold, Outcome } from "../contract/checkpoint.ts";
import { calendarNotBefore, retryDelaySeconds } from "../core/backoff.ts";
import { classOf } from "../core/failure.ts";
import type { Failure } from "../core/failure.ts";
import { decideHeld } from "../core/hold.ts";
import { holdOpened, importFailed } from "../core/life-messages.ts";
import { runIdOf } from "../core/runs.ts";
import type { Done, TaskEnd } from "../core/runs.ts";
import { acceptBody } from "./accept-body.ts";
import type { Accepted } from "./accept-body.ts";
import { saveDeferred } from "./end-deferred.ts";
import { expectedOf, record, settled } from "./end-task.ts";
import type { Decision } from "./end-task.ts";
import { finishRecorded } from "./finish-recorded.ts";
import { followHint } from "./follow-hint.ts";
import type { CompleteBody, ImportContext, ImportPorts, LoadedCalendar } from "./import-calendar.ts";
import { raiseAlert } from "./raise-alert.ts";
import { resolveLetters } from "./resolve-letters.ts";
import { bringBack, suspendGone } from "./suspend-calendar.ts";
import { tellFeeds } from "./tell-feeds.ts";

/** Saves what the fetch means; "lost" where another worker wrote first and nothing was saved. */
export async function decideAndSave(decision: Decision, ports: ImportPorts, context: ImportContext): Promise<TaskEnd | "lost"> {
  const { fetched } = decision;
  switch (fetched.kind) {
    case "deferred":
      return await saveDeferred(decision, fetched, ports, context);
    case "failed":
      return await saveFailed(decision, fetched.failure, ports, context);
    case "unchanged":
      return await saveNotModified(decision, ports, context);
    case "complete":
      return await saveComplete(decision, fetched, ports, context);
  }
}

async function saveNotModified(decision: Decision, ports: ImportPorts, context: ImportContext): Promise<TaskEnd | "lost"> {
  const { hold } = decision.loaded;
  // A hold whose content is the last good one was applied already; only its end is missing.
  const isApplied = hold === undefined || hold.contentHash === decision.loaded.checkpoint.contentHash;
  if (isApplied) return await saveAccepted(decision, { kind: "unchanged", patch: {} }, ports, context);
  const step = decideHeld(hold, { notModified: true, wouldHold: true }, decision.began);
  if (step.kind === "confirm") return await saveAccepted(decision, { kind: "held", hold: step.hold, patch: {} }, ports, context);
  const { etag, lastModified, contentType } = hold;
  const bytes = await ports.objects.getHeld(hold.objectKey);
  return await saveComplete(decision, { bytes, etag, lastModified, contentType }, ports, context);
}

async function saveComplete(
  decision: Decision,
  body: CompleteBody,
  ports: ImportPorts,
  context: ImportContext,
): Promise<TaskEnd | "lost"> {
  const { task, loaded, began } = decision;
  const run = { runId: runIdOf(task, began), taskId: task.taskId, reason: task.reason };
  const accepting = { takenAt: began, newId: context.newId, run };
  const accepted = await acceptBody(loaded, body, ports.objects, accepting);
  return accepted.kind === "refused"
    ? await saveFailed(decision, { ...accepted.failure, host: loaded.checkpoint.host }, ports, context)
    : await saveAccepted(decision, accepted, ports, context);
}

type Settled = Exclude<Accepted, { kind: "refused" }>;

async function saveAccepted(
  decision: Decision,
  accepted: Settled,
  ports: ImportPorts,
  context: ImportContext,
): Promise<TaskEnd | "lost"> {
  const { loaded, task, began } = decision;
  const at = context.now().toISOString();
  const checkpoint = checkpointAfter(decision, accepted, at);
  if (accepted.kind === "held") await saveHold(loaded, accepted.hold, ports, context.now());
  // Before the save: a crash between the two leaves `failures`, and the next success resolves again.
  else await resolveLetters(task, loaded, ports.letters, { at, began });
  // A commit builds the feeds again by itself.
  if (accepted.kind === "version") await followHint(loaded, accepted.refreshMinutes, ports.calendars);
  else await tellFeeds(loaded.checkpoint, checkpoint, ports, at);
  if ((await ports.calendars.save(checkpoint, expectedOf(decision))) === "lost") return "lost";
  if (accepted.kind !== "held") await bringBack(loaded, ports.calendars);
  await finishAccepted(loaded, accepted, checkpoint, ports, context);
  const { status } = outcomeOf(accepted, at);
  const end: Done = { kind: "done", status };
  if (accepted.kind !== "version") await record(decision, end, ports, context);
  return end;
}

/** A hold's hash and validators must be there before a checkpoint says "held", and people and apps must hear of a new one before it is an old one. */
async function saveHold(loaded: LoadedCalendar, hold: Hold, ports: ImportPorts, now: Date): Promise<void> {
  if (loaded.hold?.holdId !== hold.holdId) {
    const { calendarId, removedCount, eventCount } = hold;
    const reason = `the source dropped ${removedCount} events and has ${eventCount} left, wanted most of them; the last good copy stands`;
    // The tick tells it within a minute.
    const arrival = { kind: "hold", code: "removal-held", reason, host: loaded.checkpoint.host, calendarId } as const;
    await raiseAlert(arrival, { alerts: ports.alerts, channels: [] }, now);
    await ports.changes.publish(holdOpened(hold, loaded.calendar));
  }
  await ports.calendars.putHold(hold);
}

function checkpointAfter(decision: Decision, accepted: Settled, at: string): Checkpoint {
  return {
    ...settled(decision, outcomeOf(accepted, at)),
    ...accepted.patch,
    fetchedAt: decision.began,
    failures: 0,
    notBefore: undefined,
    ...(accepted.kind === "held" ? {} : { lastSuccessAt: at }),
  };
}

function outcomeOf({ kind }: Settled, at: string): Outcome & { readonly status: "imported" | "unchanged" | "held" } {
  if (kind === "held") return { status: kind, at, code: "removal-held" };
  return { status: kind === "version" ? "imported" : kind, at };
}

async function finishAccepted(
  { calendar, hold }: LoadedCalendar,
  { kind }: Settled,
  checkpoint: Checkpoint,
  ports: ImportPorts,
  context: ImportContext,
): Promise<void> {
  const { calendarId, calendarVersion, pending } = checkpoint;
  const endedAt = context.now().toISOString();
  if (kind !== "held" && hold !== undefined) await ports.calendars.endHold(calendarId, hold.holdId);
  if (pending !== undefined) await finishRecorded({ calendar, checkpoint }, pending, ports, endedAt);
  if (kind === "version") await ports.objects.prune(calendarId, calendarVersion, context.now());
}

async function saveFailed(
  decision: Decision,
  failure: Failure,
  ports: ImportPorts,
  context: ImportContext,
): Promise<TaskEnd | "lost"> {
  const { loaded, task } = decision;
  const now = context.now();
  const attempts = loaded.checkpoint.attempts + 1;
  const outcome: Outcome = { status: "failed", at: now.toISOString(), code: failure.code, reason: failure.reason.slice(0, 300) };
  if (classOf(failure.code) === "transient" && attempts < context.attempts) {
    const next: Checkpoint = { ...loaded.checkpoint, attempts, outcome };
    if ((await ports.calendars.save(next, expectedOf(decision))) === "lost") return "lost";
    return { kind: "retry", delaySeconds: retryDelaySeconds(attempts, context.random()), failure };
  }
  // The letter first: were the turn closed before it, a crash between the two would lose it.
  await ports.deadLetters.giveUp(task, failure, attempts);
  const failures = loaded.checkpoint.failures + 1;
  const failed = { code: failure.code, at: outcome.at, runId: runIdOf(task, decision.began), failures };
  await ports.changes.publish(importFailed(failed, loaded.calendar));
  const notBefore = calendarNotBefore(now, loaded.calendar.intervalMinutes, failures);
  const next: Checkpoint = { ...settled(decision, outcome), failures, notBefore };
  await tellFeeds(loaded.checkpoint, next, ports, outcome.at);
  if ((await ports.calendars.save(next, expectedOf(decision))) === "lost") return "lost";
  if (failure.code === "source-gone") await suspendGone(loaded.calendar, ports.calendars);
  const end: Done = { kind: "done", status: "failed", failure };
  await record(decision, end, ports, context);
  return end;
}
