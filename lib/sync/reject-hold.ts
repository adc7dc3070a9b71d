/** Drop a hold: the last good copy stands, and the rejected content is never applied but by a person. */
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { Run } from "../contract/run.ts";
import { Refusal } from "../core/failure.ts";
import { oneOffTaskId } from "../core/runs.ts";
import type { CreateContext } from "./create-calendar.ts";
import { loadHeld } from "./held-calendar.ts";
import type { HeldCalendar, HoldChoice } from "./held-calendar.ts";
import type { CalendarBook } from "./import-calendar.ts";
import { untouched } from "./settled-calendar.ts";
import type { SettlePorts } from "./settled-calendar.ts";

export type RejectHoldPorts = SettlePorts & {
  readonly calendars: Pick<CalendarBook, "save" | "endHold" | "putRun">;
};

const TRIES = 4;

/**
 * The run that says so. The next fetch goes out with the last good copy's validators; the same answer opens a new hold, which
 * time does not confirm. Throws `calendar-unknown`, `hold-unknown`; then nothing changed.
 */
export async function rejectHold(choice: HoldChoice, ports: RejectHoldPorts, context: CreateContext): Promise<Run> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const at = context.now().toISOString();
    const loaded = await loadHeld(choice, ports, at);
    if ((await ports.calendars.save(rejected(loaded, at), untouched(loaded.checkpoint, at))) === "lost") continue;
    const taskId = oneOffTaskId(at, context.newId());
    const { calendarId, holdId } = choice;
    const detail = `hold ${holdId} was rejected, the last good copy stands`;
    const status = "unchanged" as const;
    const run: Run = {
      version: 1,
      runId: taskId,
      calendarId,
      taskId,
      reason: "reject",
      status,
      detail,
      startedAt: at,
      endedAt: at,
    };
    // The hold last: whoever was broken off finds it once more, and no rejection goes without its run.
    await ports.calendars.putRun(run);
    await ports.calendars.endHold(calendarId, holdId);
    return run;
  }
  const what = `calendar ${choice.calendarId} was written by others ${TRIES} times in a row, wanted one undisturbed write`;
  throw new Refusal("internal-error", what, "reject it again");
}

/** `fetchedAt` moves, so that a fetch under way that would confirm the hold loses its write. */
function rejected({ checkpoint, hold }: HeldCalendar, at: string): Checkpoint {
  const isHeld = checkpoint.outcome?.status === "held";
  return {
    ...checkpoint,
    fetchedAt: at,
    refusedHash: hold.contentHash,
    ...(isHeld ? { outcome: { status: "unchanged", at, reason: "a person rejected what was held" } } : {}),
  };
}
