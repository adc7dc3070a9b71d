/** What an operator stops and starts again: the recording of dead letters with a redrive between, and everything at once. */
import * as z from "zod";

import type { EventSources } from "./event-sources.ts";
import { expect } from "./expect.ts";
import { nextStartAtMs } from "./host-pace.ts";
import type { Mailbox } from "./mailbox.ts";
import { awaitUntil } from "./await-until.ts";
import { readSchedule } from "./schedule.ts";
import { smallCalendar } from "./source-calendar.ts";
import { CreatedFeed, Letters, outputOf, SECRET, SOON_MS } from "./stage.ts";
import type { Life, Outputs, Stage } from "./stage.ts";
import { Subscriber } from "./subscriber.ts";

const PATH = `/${SECRET}/night.ics`;
/** The pace of a host that nobody wrote a policy for: one start a second. */
const GAP_MS = 1000;

const Switches = z.array(z.object({ kind: z.string(), name: z.string() }));
const Switched = z.object({ turned: Switches, left: Switches });
const Redriven = z.object({ end: z.string(), sent: z.number(), waiting: z.number(), gone: z.number() });

export interface Live {
  readonly base: string;
  readonly outputs: Outputs;
  readonly mailbox: Mailbox;
  readonly eventSources: EventSources;
}

export async function pauseAndResume(stage: Stage, life: Life, live: Live): Promise<void> {
  stage.source.serve(PATH, smallCalendar("night"));
  const calendarId = await life.owner.addCalendar("night", `${live.base}${PATH}`);
  await endsAs("imported", calendarId, stage, life);
  await leaveLettersInQueue(stage, life, live, calendarId);
  await redrive(stage, life, live, calendarId);
  await recordAgain(stage, life, calendarId);
  await pauseEverything(stage, life, live, calendarId);
}

async function leaveLettersInQueue(stage: Stage, life: Life, live: Live, calendarId: string): Promise<void> {
  const { steps, deployment, source } = stage;
  await steps.take("while dead letters are paused, one of a broken source stays in SQS and is not recorded", async () => {
    const { turned } = await deployment.calferry(Switched, "dlq", "pause");
    expectNames(turned, ["download dlq", "export dlq", "import dlq", "lost events", "urgent dlq"], "dlq pause switched off");
    source.break(PATH);
    await endsAs("failed", calendarId, stage, life);
    // Another task's whole way through the queues: whoever would take the letter has had its turn.
    await endsAs("unchanged", life.calendarId, stage, life);
    await expectNoLetter(stage, calendarId);
    await expectWaiting(live, "UrgentDlqUrl", 1);
  });
}

async function redrive(stage: Stage, life: Life, live: Live, calendarId: string): Promise<void> {
  const { steps, deployment, emulator, source, signal } = stage;
  source.mend(PATH);
  source.serve(PATH, smallCalendar("night", "Mended"));
  await steps.take("dlq redrive sends it at its host's pace, and the mended source is imported", async () => {
    const beganMs = Date.now();
    const { end, sent, waiting, gone } = await deployment.calferry(Redriven, "dlq", "redrive");
    const seen = `${end}, ${sent} sent, ${waiting} waiting, ${gone} gone`;
    expect(seen === "done, 1 sent, 0 waiting, 0 gone", `dlq redrive: ${seen}; wanted done, 1 sent and no others`);
    const nextMs = await nextStartAtMs(emulator.endpoint, outputOf(live.outputs, "TableName"), new URL(live.base).host);
    expect(nextMs >= beganMs + GAP_MS, `the host's next start is ${nextMs}, wanted one reserved after ${beganMs}`);
    await awaitUntil({ what: "the redriven task imports", withinMs: SOON_MS, signal }, async (saw) => {
      const runs = await life.owner.runs(calendarId);
      saw(JSON.stringify(runs));
      // It keeps its id: the run that said failed before is the one that somebody follows.
      const [newest] = runs;
      return newest?.reason === "sync-now" && newest.status === "imported" ? newest : undefined;
    });
    await expectWaiting(live, "UrgentDlqUrl", 0);
    await expectNoLetter(stage, calendarId);
  });
}

async function recordAgain(stage: Stage, life: Life, calendarId: string): Promise<void> {
  const { steps, deployment, source, signal } = stage;
  await steps.take("after dlq resume a broken source becomes a dead letter again", async () => {
    const { turned } = await deployment.calferry(Switched, "dlq", "resume");
    expectNames(turned, ["download dlq", "export dlq", "import dlq", "lost events", "urgent dlq"], "dlq resume switched on");
    source.break(PATH);
    await endsAs("failed", calendarId, stage, life);
    await awaitUntil({ what: "an open dead letter", withinMs: SOON_MS, signal }, async (saw) => {
      const letters = await deployment.calferry(Letters, "dlq", "list");
      saw(JSON.stringify(letters));
      return letters.find((letter) => letter.calendarId === calendarId);
    });
  });
  source.mend(PATH);
}

async function pauseEverything(stage: Stage, life: Life, live: Live, calendarId: string): Promise<void> {
  const { steps, deployment, emulator, source, signal } = stage;
  const { outputs, eventSources } = live;
  const tick = outputOf(outputs, "TickScheduleName");
  const readTick = () => readSchedule(emulator.endpoint, outputOf(outputs, "ScheduleGroup"), tick);
  const importUrl = outputOf(outputs, "ImportQueueUrl");
  const urgentUrl = outputOf(outputs, "UrgentQueueUrl");
  const before = await readTick();
  await eventSources.pause(importUrl);
  const run = await steps.take(
    "after pause-all no tick comes, a sync waits untouched, and feeds are built all the same",
    async () => {
      const { turned, left } = await deployment.calferry(Switched, "pause-all");
      expectNames(turned, [tick, "urgent"], "pause-all switched off");
      expectNames(left, ["import"], "pause-all found off");
      const { state } = await readTick();
      expect(state === "DISABLED", `the tick's schedule is ${state}, wanted DISABLED`);
      source.serve(PATH, smallCalendar("night", "Changed in the pause"));
      const queued = await life.owner.sync(calendarId);
      const feed = await deployment.calferry(CreatedFeed, "feed", "create", "--name", "Night", calendarId);
      await new Subscriber(feed.link.url).expectEvents(smallCalendar("night", "Mended"), SOON_MS, signal);
      // A received message would be in flight or gone: its attempts are those it had.
      await expectWaiting(live, "UrgentQueueUrl", 1);
      return queued;
    },
  );
  await steps.take("resume-all starts what it stopped: the sync is done, what was off on purpose stays off", async () => {
    const { turned, left } = await deployment.calferry(Switched, "resume-all");
    expectNames(turned, [tick, "urgent"], "resume-all switched on");
    expectNames(left, ["import"], "resume-all left off");
    const ended = await life.owner.endOf(run, SOON_MS, signal);
    expect(ended === "imported", `run ${run.runId} ended ${ended}, wanted imported`);
    const on = `${await eventSources.isOn(importUrl)}, ${await eventSources.isOn(urgentUrl)}`;
    expect(on === "false, true", `the event sources of import and urgent are on: ${on}; wanted false, true`);
    const after = JSON.stringify(await readTick());
    expect(after === JSON.stringify(before), `the tick's schedule is ${after}, wanted it as before: ${JSON.stringify(before)}`);
  });
  await eventSources.resume(importUrl);
}

async function endsAs(wanted: string, calendarId: string, { signal }: Stage, { owner }: Life): Promise<void> {
  const ended = await owner.endOf(await owner.sync(calendarId), SOON_MS, signal);
  expect(ended === wanted, `the run of calendar ${calendarId} ended ${ended}, wanted ${wanted}`);
}

async function expectNoLetter({ deployment }: Stage, calendarId: string): Promise<void> {
  const letters = await deployment.calferry(Letters, "dlq", "list");
  const letter = letters.find((one) => one.calendarId === calendarId);
  expect(letter === undefined, `letter ${letter?.letterId} was recorded of calendar ${calendarId}, wanted none`);
}

async function expectWaiting({ mailbox, outputs }: Live, output: string, wanted: number): Promise<void> {
  const url = outputOf(outputs, output);
  const seen = `${await mailbox.waiting(url)} of ${await mailbox.depth(url)}`;
  expect(seen === `${wanted} of ${wanted}`, `in ${output} ${seen} messages wait, wanted ${wanted} of ${wanted}`);
}

function expectNames(switches: z.infer<typeof Switches>, wanted: readonly string[], what: string): void {
  const seen = switches.map(({ name }) => name).toSorted();
  expect(seen.join() === wanted.toSorted().join(), `${what}: ${seen.join()}; wanted ${wanted.toSorted().join()}`);
}
