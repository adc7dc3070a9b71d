/** One tick from its first step to its last: one that fails keeps back none of the others, and fails the tick in the end. */
import { minuteOf } from "../core/slots.ts";
import type { BatchLog } from "./log.ts";

type ImportsReport = {
  readonly outcome: string;
  readonly minutes: number;
  readonly sent: number;
  readonly waiting: number;
  readonly paceExceeded: Readonly<Record<string, number>>;
};
type AlertsReport = { readonly told: number; readonly untold: Readonly<Record<string, string>> };

export type TickSteps = {
  readonly imports: (deadline: Date) => Promise<ImportsReport>;
  /** Notes the hosts whose turns were skipped. */
  readonly excess: (paceExceeded: Readonly<Record<string, number>>) => Promise<void>;
  readonly alerts: (deadline: Date) => Promise<AlertsReport>;
  /** Mends the segments of these minutes; gives how often each thing was mended. */
  readonly mending: (minutes: readonly number[], deadline: Date) => Promise<Readonly<Record<string, number>>>;
  /** Gives why nobody heard that the tick did its work, if so. */
  readonly alive: () => Promise<string | undefined>;
};

type TickLog = Pick<BatchLog, "note" | "count" | "fault" | "publish">;

/** Imports leave the alerts this long, the whole leaves the function a moment before its end. */
const IMPORTS_MARGIN_MS = 15_000;
const MARGIN_MS = 5000;

/** Throws after the last step where one failed, so that the invocation counts as failed and comes back: a tick twice is harmless. */
export async function takeTick(remainingMs: number, log: TickLog, steps: TickSteps): Promise<void> {
  const began = new Date();
  const endsAtMs = began.getTime() + remainingMs;
  const deadline = new Date(endsAtMs - MARGIN_MS);
  const failed: string[] = [];
  const take = async <Report>(step: string, work: () => Promise<Report>): Promise<Report | undefined> =>
    await work().catch((error: unknown) => {
      log.fault(error, { step });
      failed.push(step);
      return undefined;
    });
  const imports = await take("imports", async () => await steps.imports(new Date(endsAtMs - IMPORTS_MARGIN_MS)));
  if (imports !== undefined) {
    tellImports(imports, log);
    await take("excess", async () => await steps.excess(imports.paceExceeded));
  }
  const alerts = await take("alerts", async () => await steps.alerts(deadline));
  if (alerts !== undefined) tellAlerts(alerts, log);
  const minutes = minutesUntil(minuteOf(began), imports?.minutes ?? 0);
  const mended = await take("mending", async () => await steps.mending(minutes, deadline));
  if (failed.length === 0 && imports?.outcome === "done") tellUnheard(await steps.alive(), log);
  log.publish(Object.fromEntries(Object.entries(mended ?? {}).map(([what, count]) => [`mended-${what}`, count])));
  if (failed.length > 0)
    throw new Error(`${failed.join(", ")} failed, wanted every step of the tick done; the log has each error`);
}

/** Each minute is covered by one tick, and so each segment has its turn once a day. */
function minutesUntil(minute: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => minute - count + 1 + index);
}

function tellImports({ outcome, minutes, sent, waiting, paceExceeded }: ImportsReport, log: TickLog): void {
  log.note("tick ended", { outcome, minutes, sent, waiting, paceExceeded: JSON.stringify(paceExceeded) });
  const exceeded = Object.values(paceExceeded).reduce((sum, count) => sum + count, 0);
  for (const [name, count] of Object.entries({ [outcome]: 1, sent, waiting, "pace-exceeded": exceeded })) log.count(name, count);
}

function tellAlerts({ told, untold }: AlertsReport, log: TickLog): void {
  log.count("alerts-told", told);
  log.count("channels-down", Object.keys(untold).length);
  for (const [channel, reason] of Object.entries(untold)) log.note("alert untold", { channel, reason });
}

function tellUnheard(reason: string | undefined, log: TickLog): void {
  if (reason !== undefined) log.note("tick unheard", { reason });
}
