/** Apply a held body now: read like an import that is not held again, committed like every import. */
import type { Calendar } from "../contract/calendar.ts";
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { Run } from "../contract/run.ts";
import { Refusal } from "../core/failure.ts";
import type { Failure } from "../core/failure.ts";
import { oneOffTaskId } from "../core/runs.ts";
import { acceptApproved } from "./accept-body.ts";
import type { Approved, BodyObjects } from "./accept-body.ts";
import type { CreateContext } from "./create-calendar.ts";
import { finishCommit } from "./finish-commit.ts";
import type { ChangeObjects, FinishPorts, PendingBook } from "./finish-commit.ts";
import { followHint } from "./follow-hint.ts";
import { loadHeld } from "./held-calendar.ts";
import type { HeldCalendar, HoldChoice } from "./held-calendar.ts";
import type { CalendarBook } from "./import-calendar.ts";
import type { UrgentQueue } from "./replay-letter.ts";
import { sendFollowUp, untouched } from "./settled-calendar.ts";
import { tellFeeds } from "./tell-feeds.ts";

export type ApproveHoldPorts = FinishPorts & {
  readonly calendars: PendingBook & Pick<CalendarBook, "load" | "save" | "endHold" | "putRun" | "moveSlot">;
  readonly objects: BodyObjects & ChangeObjects;
  readonly urgent: UrgentQueue;
};

type Applied = Exclude<Approved, { readonly kind: "refused" }>;

const TRIES = 4;

/** The run that says what changed. Throws `calendar-unknown`, `hold-unknown`, `body-invalid`; then nothing changed. */
export async function approveHold(choice: HoldChoice, ports: ApproveHoldPorts, context: CreateContext): Promise<Run> {
  const taskId = oneOffTaskId(context.now().toISOString(), context.newId());
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const run = await approveOnce(taskId, await loadHeld(choice, ports, context.now().toISOString()), ports, context);
    if (run !== "lost") return run;
  }
  const what = `calendar ${choice.calendarId} was written by others ${TRIES} times in a row, wanted one undisturbed write`;
  throw new Refusal("internal-error", what, "approve it again");
}

async function approveOnce(
  taskId: string,
  loaded: HeldCalendar,
  ports: ApproveHoldPorts,
  context: CreateContext,
): Promise<Run | "lost"> {
  const { hold, checkpoint } = loaded;
  const { calendarId, etag, lastModified, contentType } = hold;
  const at = context.now().toISOString();
  const body = { bytes: await ports.objects.getHeld(hold.objectKey), etag, lastModified, contentType };
  const accepting = { takenAt: at, newId: context.newId, run: { runId: taskId, taskId, reason: "approve" as const } };
  const accepted = await acceptApproved(loaded, body, ports.objects, accepting);
  if (accepted.kind === "refused") throw unreadable(accepted.failure, hold.holdId);
  const next = approved(loaded, accepted, at);
  await sendFollowUp(calendarId, at, ports.urgent, context);
  if (accepted.kind === "version") await followHint(loaded, accepted.refreshMinutes, ports.calendars);
  else await tellFeeds(checkpoint, next, ports, at);
  if ((await ports.calendars.save(next, untouched(checkpoint, at))) === "lost") return "lost";
  await ports.calendars.endHold(calendarId, hold.holdId);
  const run = runOf(taskId, calendarId, accepted, { at, endedAt: context.now().toISOString() });
  await finish(accepted, run, loaded.calendar, ports, context);
  return run;
}

/** The run is written while `pending` stands: after a crash somebody comes who still knows whose version it is. */
async function finish(
  accepted: Applied,
  run: Run,
  calendar: Calendar,
  { calendars, objects, exports, changes }: ApproveHoldPorts,
  { now }: CreateContext,
): Promise<void> {
  const putRun = async (): Promise<void> => await calendars.putRun(run);
  if (accepted.kind === "unchanged") return await putRun();
  const { pending, calendarVersion } = accepted.patch;
  await finishCommit({ calendars, objects, exports, changes }, calendar, pending, putRun);
  await objects.prune(calendar.calendarId, calendarVersion, now());
}

/** The source was last read well when it confirmed the hold; what failed since then stays as it is. */
function approved({ checkpoint, hold }: HeldCalendar, accepted: Applied, at: string): Checkpoint {
  const readAt = hold.lastConfirmedAt ?? hold.openedAt;
  const { lastSuccessAt = "", failures } = checkpoint;
  const isFailing = failures > 0 || checkpoint.outcome?.status === "deferred";
  const status = accepted.kind === "version" ? "imported" : "unchanged";
  return {
    ...checkpoint,
    ...accepted.patch,
    fetchedAt: at,
    refusedHash: undefined,
    lastSuccessAt: readAt > lastSuccessAt ? readAt : lastSuccessAt,
    ...(isFailing ? {} : { outcome: { status, at }, staleCode: undefined }),
  };
}

function runOf(
  taskId: string,
  calendarId: string,
  accepted: Applied,
  { at, endedAt }: { readonly at: string; readonly endedAt: string },
): Run {
  const end =
    accepted.kind === "version" ? ({ status: "imported", ...accepted.counts } as const) : ({ status: "unchanged" } as const);
  return { version: 1, runId: taskId, calendarId, taskId, reason: "approve", ...end, startedAt: at, endedAt };
}

function unreadable({ reason }: Failure, holdId: string): Refusal {
  return new Refusal(
    "body-invalid",
    `the held body cannot be read any more: ${reason}`,
    `reject it: calferry hold reject ${holdId}`,
  );
}
