/** Wait for what was asked for to end; a worker does it, so the terminal looks now and then. */
import type { Run } from "../contract/run.ts";
import { Refusal } from "../core/failure.ts";
import { unknownCalendar } from "../core/refusals.ts";
import type { LoadedCalendar } from "../sync/import-calendar.ts";
import { tellLine } from "./tell-error.ts";
import type { Connection, Terminal } from "./terminal.ts";

const LOOK_EVERY_MS = 500;
/** Longer than a fetch may take and a queue delays. */
const PATIENCE_MS = 180_000;

/** The run once it is no longer queued. */
export async function waitForRun(terminal: Terminal, { calendars }: Connection, queued: Run): Promise<Run> {
  return await lookUntil(terminal, `run ${queued.runId}`, async () => {
    const run = await calendars.run(queued.calendarId, queued.runId);
    return run === undefined || run.status === "queued" ? undefined : run;
  });
}

/** The calendar once its first import has an outcome that no further attempt of the same task can change. */
export async function waitForOutcome(terminal: Terminal, { calendars }: Connection, calendarId: string): Promise<LoadedCalendar> {
  return await lookUntil(terminal, `the first import of ${calendarId}`, async () => {
    const loaded = await calendars.load(calendarId);
    if (loaded === undefined) throw unknownCalendar(calendarId);
    const { outcome, attempts } = loaded.checkpoint;
    const isTriedAgain = outcome?.status === "failed" && attempts > 0;
    return outcome === undefined || isTriedAgain ? undefined : loaded;
  });
}

/** A task that ended without its work being done is an error of the command that waited for it. */
export function failIfFailed(
  terminal: Terminal,
  end: { status: string; code?: string | undefined; reason?: string | undefined },
): void {
  if (end.status !== "failed") return;
  const reason = end.reason ?? "the import failed";
  terminal.complain(tellLine(end.code ?? "internal-error", `${reason}; see the letters with: calferry dlq list`));
  terminal.endWith(1);
}

/** Looks now and then until there is something; the refusal `wait-too-long` where there is nothing after minutes. */
export async function lookUntil<Found>(terminal: Terminal, what: string, look: () => Promise<Found | undefined>): Promise<Found> {
  const giveUpAt = terminal.now().getTime() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (terminal.now().getTime() >= giveUpAt) throw tooLong(what);
    await terminal.sleep(LOOK_EVERY_MS);
  }
}

function tooLong(what: string): Refusal {
  return new Refusal(
    "wait-too-long",
    `${what} has not ended after ${PATIENCE_MS / 1000} s, wanted an outcome; it goes on without this terminal`,
    "look at the queues with: calferry status",
  );
}
