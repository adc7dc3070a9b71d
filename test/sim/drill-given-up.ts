/** Tasks that somebody follows and that nobody can do: tried as often as they may be, given up with a letter, and each run has its end. */
import type { Run } from "../../lib/contract/run.ts";
import { letterIdOf } from "../../lib/core/letters.ts";
import { switchDeadLetters } from "../../lib/sync/pause-all.ts";
import { redriveLetters } from "../../lib/sync/redrive-letters.ts";
import { replayLetter } from "../../lib/sync/replay-letter.ts";
import { syncNow } from "../../lib/sync/sync-now.ts";
import { DeadMail } from "./dead-mail.ts";
import type { Drill, Pupil } from "./drill.ts";
import type { Fault } from "./simulation.ts";

/** A host that says later is asked again after so long. */
const LATER_SECONDS = 1200;
const OPEN_COURSE = { isCancelled: () => false, passed: async (): Promise<void> => undefined };

export async function drillGivenUp(drill: Drill): Promise<void> {
  const mail = new DeadMail(drill);
  const [one, other, third] = drill.pupilsApart();
  await drillSourceDown(drill, one);
  for (const [fault, code] of [
    ["error-before", "aws-unavailable"],
    ["crash-before", "worker-crashed"],
  ] as const) {
    await drillOursDown(drill, mail, other, fault, code);
    await drillPutOff(drill, third, fault, code);
  }
  await drillRedriven(drill, one);
  await mail.discardAll();
}

/** A source that times out is asked five times. */
async function drillSourceDown(drill: Drill, pupil: Pupil): Promise<void> {
  const { source } = pupil;
  const asked = source.served.length;
  source.manner = { kind: "failing", code: "source-timeout" };
  const run = await follow(drill, pupil);
  drill.must(source.served.length === asked + 5, `a source that times out was asked ${source.served.length - asked} times`);
  mustEnd(drill, run, "failed", "source-timeout");
  source.manner = { kind: "well" };
  drill.hours(1);
}

/** A service of ours does not answer, or the worker dies each time; a replay does the work afterwards, as a task of its own. */
async function drillOursDown(drill: Drill, mail: DeadMail, pupil: Pupil, fault: Fault, code: string): Promise<void> {
  const run = await broken(drill, pupil, fault, async () => await follow(drill, pupil));
  mustEnd(drill, run, "failed", code);
  const letterId = letterIdOf(mail.asked(pupil.calendarId, { taskId: run?.taskId ?? "" }), "");
  const letter = mail.letter(letterId);
  const isSame = letter?.code === code && letter.reason === ended(drill, run)?.detail;
  drill.must(isSame, `a run failed with ${code}, its letter ${letterId} says ${letter?.code}: ${letter?.reason}`);
  await drill.ask("replay", async (ports) => await replayLetter(letterId, ports, drill.context()));
  drill.must(mail.letter(letterId)?.state === "resolved", `${letterId} is ${mail.standing(letterId)} after its replay`);
  mustEnd(drill, run, "failed", code);
}

/** Its host said later; when its time came nobody could do it. */
async function drillPutOff(drill: Drill, pupil: Pupil, fault: Fault, code: string): Promise<void> {
  pupil.source.manner = { kind: "throttled", seconds: LATER_SECONDS };
  const run = await follow(drill, pupil);
  mustEnd(drill, run, "deferred", undefined);
  pupil.source.manner = { kind: "well" };
  drill.simulation.skip(2 * LATER_SECONDS * 1000);
  await broken(drill, pupil, fault, async () => await drill.course.drain());
  mustEnd(drill, run, "failed", code);
}

/** Nobody recorded its letter yet, and somebody sends it again. */
async function drillRedriven(drill: Drill, pupil: Pupil): Promise<void> {
  await drill.ask("leave dead letters", async ({ switches }) => await switchDeadLetters(switches, "off"));
  const run = await broken(drill, pupil, "error-before", async () => await follow(drill, pupil));
  mustEnd(drill, run, "queued", undefined);
  await drill.ask("redrive", async (ports) => {
    const report = await redriveLetters(ports.lanes, ports, { ...drill.context(), course: OPEN_COURSE });
    drill.must(report.sent === 1, `a redrive says ${JSON.stringify(report)}`);
  });
  mustEnd(drill, run, "unchanged", undefined);
  await drill.ask("record dead letters", async ({ switches }) => await switchDeadLetters(switches, "on"));
}

/** Somebody syncs now, and everything that follows from it comes to its end. */
async function follow(drill: Drill, { calendarId }: Pupil): Promise<Run | undefined> {
  let run: Run | undefined;
  await drill.ask("sync", async (ports) => {
    run = await syncNow(calendarId, ports, drill.context());
  });
  return run;
}

/** No worker can read the calendar meanwhile. */
async function broken<Result>(
  drill: Drill,
  { calendarId }: Pupil,
  fault: Fault,
  during: () => Promise<Result>,
): Promise<Result | undefined> {
  let result: Result | undefined;
  await drill.planned(
    ({ task }, method) =>
      task?.kind === "import" && task.calendarId === calendarId && method === "calendars.load" ? fault : undefined,
    async () => {
      result = await during();
    },
  );
  return result;
}

function mustEnd(drill: Drill, run: Run | undefined, status: Run["status"], code: string | undefined): void {
  const seen = ended(drill, run);
  const isSo = seen?.status === status && (code === undefined || seen.code === code);
  drill.must(isSo, `run ${run?.runId} is ${seen?.status} with ${seen?.code}, wanted ${status} with ${code}`);
}

function ended({ simulation }: Drill, run: Run | undefined): Run | undefined {
  return simulation.world.calendars.runs.get(`${run?.calendarId} ${run?.runId}`);
}
