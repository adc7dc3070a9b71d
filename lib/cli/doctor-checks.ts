/** The questions of `calferry doctor`: each answers with what is well, or with a finding of the runbook and the next step. */
import type { FindingCode } from "../contract/code.ts";
import { Refusal, ServiceUnavailable } from "../core/failure.ts";
import { minuteOf } from "../core/slots.ts";
import type { Switch } from "../sync/pause-all.ts";
import { ago } from "./table.ts";
import type { Connection, Operations } from "./terminal.ts";
import { masked } from "./tell-error.ts";

/** `advice` is worth knowing and no fault. */
export type Finding = { readonly check: string; readonly says: string } & (
  | { readonly level: "well" }
  | { readonly level: "advice" | "wrong"; readonly code: FindingCode; readonly next: string }
);

export type Patient = { readonly connection: Connection; readonly operations: Operations; readonly place: "machine" | "stack" };
type Check = { readonly name: string; readonly ask: (patient: Patient) => Promise<readonly Answer[]> };
/** An answer without a code is well. */
type Answer = {
  readonly says: string;
  readonly code?: FindingCode;
  readonly next?: string;
  readonly level?: "advice" | "wrong";
};

const LATE_MINUTES = 3;
/** AWS refuses requests signed by a clock further off than five minutes; reserved starts suffer long before. */
const SKEW_LIMIT_MS = 5000;

const CHECKS: readonly Check[] = [
  { name: "schedules", ask: askSchedules },
  { name: "tick", ask: askTick },
  { name: "import sources", ask: async ({ operations }) => sourcesOf(await operations.switches.importSources(), "resume-all") },
  {
    name: "alert sources",
    ask: async ({ operations }) => sourcesOf(await operations.switches.deadLetterSources(), "dlq resume"),
  },
  { name: "dead letter queues", ask: askDeadLetterQueues },
  { name: "letters", ask: askLetters },
  { name: "alerts", ask: askAlerts },
  { name: "clock", ask: askClock },
];

/** Every check, whatever the others met. */
export async function examine(patient: Patient): Promise<readonly Finding[]> {
  const found = await Promise.all(
    CHECKS.map(async ({ name, ask }) => {
      const answers = await ask(patient).catch((error: unknown): Answer[] => [unanswered(error)]);
      return answers.map((answer) => findingOf(name, answer));
    }),
  );
  return found.flat();
}

function findingOf(check: string, { says, code, next = "see the runbook", level = "wrong" }: Answer): Finding {
  return code === undefined ? { check, says, level: "well" } : { check, says, level, code, next };
}

async function askSchedules({ operations }: Patient): Promise<Answer[]> {
  const [schedules, pause] = await Promise.all([operations.switches.schedules(), operations.pauses.pause()]);
  const off = schedules.filter(({ isOn }) => !isOn);
  if (schedules.length === 0)
    return [{ says: "no schedule is there, wanted the tick", code: "tick-disabled", next: "npm run deploy" }];
  if (off.length === 0) return [{ says: `${schedules.length} enabled` }];
  const since = pause === undefined ? "by hand" : `by pause-all since ${pause.at}`;
  const next = pause === undefined ? "enable it in EventBridge Scheduler" : "calferry resume-all";
  return off.map(({ name }) => ({ says: `schedule ${name} is disabled ${since}, wanted enabled`, code: "tick-disabled", next }));
}

async function askTick({ connection }: Patient): Promise<Answer[]> {
  const covered = await connection.cursor.lastCovered();
  const at = covered === undefined ? undefined : new Date(covered * 60_000).toISOString();
  const isLate = covered === undefined || minuteOf(connection.now()) - covered > LATE_MINUTES;
  const says = `last minute covered ${ago(at, connection.now())}`;
  return isLate
    ? [{ says: `${says}, wanted one a minute`, code: "tick-late", next: "look at fan-out's log and at its schedule" }]
    : [{ says }];
}

function sourcesOf(sources: readonly Switch[], command: string): Answer[] {
  const off = sources.filter(({ isOn }) => !isOn);
  if (sources.length > 0 && off.length === 0) return [{ says: `${sources.length} enabled` }];
  const code = "event-source-disabled";
  if (sources.length === 0) return [{ says: "none is there, wanted one a queue", code, next: "npm run deploy" }];
  return off.map(({ name }) => ({
    says: `the event source of the ${name} queue is disabled, wanted enabled`,
    code,
    next: `calferry ${command}, or enable it in Lambda where it was disabled by hand`,
  }));
}

async function askDeadLetterQueues({ connection, operations }: Patient): Promise<Answer[]> {
  const lying = (await connection.queues.depths()).filter(
    ({ queue, waiting, inFlight }) => (queue.endsWith(" dlq") || queue === "lost events") && waiting + inFlight > 0,
  );
  if (lying.length === 0) return [{ says: "empty" }];
  return await Promise.all(
    lying.map(async ({ queue, waiting, inFlight }): Promise<Answer> => {
      const oldest = await operations.probe.oldestIn(queue);
      const age = oldest === undefined ? "" : `, the oldest sent ${ago(oldest, connection.now())}`;
      const says = `${waiting + inFlight} messages lie in the ${queue}${age}, wanted none: SQS keeps them 14 days`;
      const next = queue === "lost events" ? "calferry dlq resume" : "calferry dlq resume, or: calferry dlq redrive";
      return { says, code: "dead-letters-waiting", next };
    }),
  );
}

async function askLetters({ connection }: Patient): Promise<Answer[]> {
  const { items, cursor } = await connection.letters.list("open", { limit: 100, cursor: undefined });
  if (items.length === 0) return [{ says: "none open" }];
  const says = `${items.length}${cursor === undefined ? "" : " and more"} open`;
  return [{ says, code: "letters-open", level: "advice", next: "calferry dlq list" }];
}

async function askAlerts({ operations, place }: Patient): Promise<Answer[]> {
  const { confirmed, pending } = await operations.probe.subscriptions();
  const isHooked = operations.probe.webhook === "set";
  const heard = `${confirmed} confirmed subscriptions, webhook ${isHooked ? "set" : "not set"}`;
  const answers: Answer[] = [];
  if (pending > 0) {
    const says = `${pending} subscriptions of the alerts topic are not confirmed, wanted none`;
    answers.push({
      says,
      code: "email-unconfirmed",
      next: "open AWS's mail and confirm; a lost mail: npm run deploy after a change of alertEmail",
    });
  }
  if (confirmed === 0 && !isHooked) {
    const next = "npm run deploy -- -c alertEmail=you@example.org, or -c alertWebhook=URL";
    const says = `nobody hears alerts: ${heard}, wanted at least one`;
    answers.push({ says, code: "alerts-unheard", level: place === "machine" ? "advice" : "wrong", next });
  }
  return answers.length === 0 ? [{ says: heard }] : answers;
}

async function askClock({ operations }: Patient): Promise<Answer[]> {
  const skewMs = await operations.probe.clockSkewMs();
  const says = `${(Math.abs(skewMs) / 1000).toFixed(1)} s ${skewMs < 0 ? "ahead of" : "behind"} AWS`;
  return Math.abs(skewMs) <= SKEW_LIMIT_MS
    ? [{ says }]
    : [
        {
          says: `${says}, wanted at most ${SKEW_LIMIT_MS / 1000} s`,
          code: "clock-skewed",
          next: "set this computer's clock by NTP",
        },
      ];
}

/** What could not be asked is a finding as well: which grant is missing, where AWS says so. */
function unanswered(error: unknown): Answer {
  const told = error instanceof Error ? error : new Error("an unknown error");
  if (/AccessDenied|NotAuthorized|AuthorizationError|Unauthorized/u.test(told.name)) {
    const action = /perform: (?<action>[\w:]+)/u.exec(told.message)?.groups?.["action"] ?? "this check's calls";
    const says = `AWS refuses ${action} to these credentials, wanted it allowed`;
    return { says, code: "grant-missing", next: 'see "An IAM policy for the terminal" in docs/runbook.md' };
  }
  if (error instanceof Refusal && error.code === "stack-unknown")
    return { says: error.what, code: "stack-unknown", next: error.next };
  const says = error instanceof ServiceUnavailable ? told.message : `${told.name}: ${masked(told.message)}`;
  return { says: `${says}, wanted an answer`, code: "aws-unavailable", next: "try again in a minute" };
}
