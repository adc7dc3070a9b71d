/** The life of one calendar on a deployed stack: imported by a tick, subscribed to, broken, alerted, deployed over, replayed, paused. */
import * as z from "zod";

import { awaitUntil } from "./await-until.ts";
import { readLogs } from "./read-logs.ts";
import { EventSources } from "./event-sources.ts";
import { expect } from "./expect.ts";
import { Mailbox } from "./mailbox.ts";
import { Owner } from "./owner.ts";
import type { QueuedRun } from "./owner.ts";
import { pauseAndResume } from "./pauses.ts";
import type { Live } from "./pauses.ts";
import { smallCalendar, TEAM_CALENDAR } from "./source-calendar.ts";
import { CreatedFeed, Letters, outputOf, SECRET, SOON_MS } from "./stage.ts";
import { expectReserved, reserve } from "./reservations.ts";
import type { Life, Outputs, Stage } from "./stage.ts";
import { Subscriber } from "./subscriber.ts";

/** Sources on loopback are refused unless the deployment allows them. */
const FIRST_CONTEXT = { fetchAllow: "127.0.0.0/8", alertEmail: "operator@example.com" };
/** Values that end in functions' environments and in log groups: an update of both. */
const SECOND_CONTEXT = { ...FIRST_CONTEXT, attempts: "4", logRetentionDays: "14" };

const TEAM_PATH = `/${SECRET}/team.ics`;

/** Calendars whose tasks wait in the queue during the second deployment. */
const CROWD = Array.from({ length: 8 }, (_, index) => `shift-${index + 1}`);

const FUNCTIONS = ["FanOut", "ImportCalendar", "ExportFeed", "ServeFeed", "Alert", "Api"];

/** A fresh stack's first tick comes a minute after its creation; a calendar of five minutes is due within five more. */
const TICK_MS = 7 * 60_000;

const CreatedCalendar = z.object({ calendarId: z.string() });
const CreatedKey = z.object({ key: z.string() });
const Calendars = z.array(z.object({ calendarId: z.string() }));
const Replayed = z.object({ replayed: z.array(z.object({ letterId: z.string() })) });
const Letter = z.object({ state: z.string() });

export async function play(stage: Stage): Promise<void> {
  const { steps, deployment, emulator, source } = stage;
  const base = await source.listen();
  source.serve(TEAM_PATH, TEAM_CALENDAR);

  await steps.take("cdk bootstrap", () => deployment.bootstrap());
  const first = await steps.take("cdk synth", () => deployment.synth("first", FIRST_CONTEXT));
  const outputs = await steps.take("cdk deploy Calferry", () => deployment.deploy(first));
  const mailbox = await Mailbox.open(emulator.endpoint, outputOf(outputs, "AlertsTopicArn"));
  const eventSources = new EventSources(emulator.endpoint);
  try {
    const life = await subscribe(stage, base, outputs);
    const reserved = await reserve(stage, life, { base, outputs });
    await importByTick(stage, life);
    await expectReserved(stage, reserved);
    const letterId = await breakForGood(stage, life, mailbox);
    await deployAgain(stage, life, { base, outputs, mailbox, eventSources, letterId });
    await replay(stage, life, letterId);
    await pauseAndResume(stage, life, { base, outputs, mailbox, eventSources });
    await keepSecrets(stage, life, mailbox);
  } finally {
    mailbox.close();
    eventSources.close();
  }
}

function subscribe({ steps, deployment }: Stage, base: string, outputs: Outputs): Promise<Life> {
  return steps.take("calendar, feed and admin key are made with the terminal", async () => {
    const add = ["calendar", "add", `${base}${TEAM_PATH}`, "--name", "팀 달력", "--every", "5", "--no-sync"];
    const { calendarId } = await deployment.calferry(CreatedCalendar, ...add);
    const feed = await deployment.calferry(CreatedFeed, "feed", "create", "--name", "Team", calendarId);
    const { key } = await deployment.calferry(CreatedKey, "key", "create", "--label", "deploy test");
    const apiUrl = new URL(outputOf(outputs, "ApiUrl")).origin;
    expect(feed.link.url.startsWith(`${apiUrl}/f/${feed.feedId}.`), `the link does not lie below ${apiUrl}/f/, wanted it there`);
    const token = feed.link.url.slice(`${apiUrl}/f/${feed.feedId}.`.length, -".ics".length);
    expect(token.length > 20 && key.length > 20, `secrets of ${token.length} and ${key.length} characters, wanted over 20`);
    const secrets = { "the source's URL": SECRET, "the feed's link": token, "the admin key": key };
    return { calendarId, owner: new Owner(apiUrl, key), subscriber: new Subscriber(feed.link.url), secrets };
  });
}

async function importByTick({ steps, source, signal }: Stage, { calendarId, owner, subscriber }: Life): Promise<void> {
  await steps.take("a tick fired by the deployed schedule imports the calendar", async () => {
    await awaitUntil({ what: "a run whose reason is tick", withinMs: TICK_MS, signal }, async (saw) => {
      const runs = await owner.runs(calendarId);
      saw(JSON.stringify(runs));
      return runs.find(({ reason, status }) => reason === "tick" && status === "imported");
    });
    const asked = source.asked(TEAM_PATH).length;
    expect(asked === 1, `the source was asked ${asked} times, wanted 1`);
  });
  await steps.take("the feed fetched through the deployed API has the source's events", () =>
    subscriber.expectEvents(TEAM_CALENDAR, SOON_MS, signal),
  );
  await steps.take("the same feed asked for with its ETag answers 304", () => subscriber.expectSame());
  await steps.take("an unchanged source costs one conditional request and moves nothing", async () => {
    const ended = await owner.endOf(await owner.sync(calendarId), SOON_MS, signal);
    expect(ended === "unchanged", `the run ended ${ended}, wanted unchanged`);
    const [first, ...later] = source.asked(TEAM_PATH).map(({ status }) => status);
    const isConditional = first === 200 && later.length > 0 && later.every((status) => status === 304);
    expect(isConditional, `the source answered ${[first, ...later].join()}, wanted 200,304`);
    await subscriber.expectSame();
  });
}

/** The id of the open dead letter. */
async function breakForGood(stage: Stage, life: Life, mailbox: Mailbox): Promise<string> {
  const { steps, deployment, source, signal } = stage;
  source.break(TEAM_PATH);
  const letterId = await steps.take("a source gone for good becomes a dead letter", async () => {
    const ended = await life.owner.endOf(await life.owner.sync(life.calendarId), SOON_MS, signal);
    expect(ended === "failed", `the run ended ${ended}, wanted failed`);
    const letter = await awaitUntil({ what: "an open dead letter", withinMs: SOON_MS, signal }, async (saw) => {
      const letters = await deployment.calferry(Letters, "dlq", "list");
      saw(JSON.stringify(letters));
      return letters.find(({ calendarId }) => calendarId === life.calendarId);
    });
    expect(letter.code === "source-not-found", `its code is ${letter.code}, wanted source-not-found`);
    expect(letter.state === "open", `its state is ${letter.state}, wanted open`);
    return letter.letterId;
  });
  await steps.take("the alert arrives on the alerts topic", () =>
    awaitUntil({ what: "an alert with code and letter", withinMs: SOON_MS, signal }, async (saw) => {
      const notices = await mailbox.read();
      saw(notices.join("\n"));
      return notices.find((notice) => notice.includes("source-not-found") && notice.includes(letterId));
    }),
  );
  await steps.take("the last good copy stands while the source fails", () => life.subscriber.expectSame());
  return letterId;
}

interface Deployed extends Live {
  readonly letterId: string;
}

async function deployAgain(stage: Stage, life: Life, live: Deployed): Promise<void> {
  const { steps, deployment, source, signal } = stage;
  const { mailbox, eventSources, outputs } = live;
  const second = await steps.take("cdk synth with another configuration", () => deployment.synth("second", SECOND_CONTEXT));
  const crowd: string[] = [];
  for (const name of CROWD) {
    const path = `/${SECRET}/${name}.ics`;
    source.serve(path, smallCalendar(name));
    crowd.push(await life.owner.addCalendar(name, `${live.base}${path}`));
  }
  const urgentUrl = outputOf(outputs, "UrgentQueueUrl");
  const queued = await steps.take(`cdk deploy again while ${CROWD.length} tasks are queued`, async () => {
    await eventSources.pause(urgentUrl);
    const runs: QueuedRun[] = [];
    for (const calendarId of crowd) runs.push(await life.owner.sync(calendarId));
    const again = JSON.stringify(await deployment.deploy(second));
    expect(again === JSON.stringify(outputs), `its outputs are ${again}, wanted ${JSON.stringify(outputs)}`);
    const depth = await mailbox.depth(urgentUrl);
    expect(depth === CROWD.length, `${depth} tasks lie in the urgent queue after the deployment, wanted ${CROWD.length}`);
    return runs;
  });
  await steps.take("every queued task is done by the second deployment", async () => {
    await eventSources.resume(urgentUrl);
    for (const run of queued) {
      const ended = await life.owner.endOf(run, SOON_MS, signal);
      expect(ended === "imported", `run ${run.runId} ended ${ended}, wanted imported`);
    }
  });
  await steps.take("calendars, feed, link and dead letter are there as before", async () => {
    const calendars = await deployment.calferry(Calendars, "calendar", "list");
    const seen = calendars.map(({ calendarId }) => calendarId).toSorted();
    const wanted = [life.calendarId, ...crowd].toSorted();
    expect(seen.join() === wanted.join(), `the calendars are ${seen.join()}, wanted ${wanted.join()}`);
    await life.subscriber.expectSame();
    const letters = await deployment.calferry(Letters, "dlq", "list");
    const isOpen = letters.some(({ letterId }) => letterId === live.letterId);
    expect(isOpen, `letter ${live.letterId} is not among the open ones, wanted it there`);
  });
}

async function replay({ steps, deployment, source, signal }: Stage, { subscriber }: Life, letterId: string): Promise<void> {
  source.mend(TEAM_PATH);
  await steps.take("the mended source is replayed and its dead letter is resolved", async () => {
    await deployment.calferry(Replayed, "dlq", "replay", letterId);
    await awaitUntil({ what: "the dead letter is resolved", withinMs: SOON_MS, signal }, async (saw) => {
      const { state } = await deployment.calferry(Letter, "dlq", "show", letterId);
      saw(`state ${state}`);
      return state === "resolved" ? true : undefined;
    });
    await subscriber.expectSame();
  });
}

/** Logs and alerts name the calendar, so that they can be acted on, and no URL, link or key. */
async function keepSecrets({ steps, emulator }: Stage, { calendarId, secrets }: Life, mailbox: Mailbox): Promise<void> {
  await steps.take("no log of the six functions and no alert holds the source's URL, the feed's link or the key", async () => {
    const logs = await readLogs(emulator.endpoint);
    const silent = FUNCTIONS.filter((name) => !logs.includes(`/${name}Logs`));
    expect(silent.length === 0, `nothing was logged by ${silent.join()}, wanted lines of each function`);
    const texts = { logs, alerts: (await mailbox.read()).join("\n"), "the emulator's log": await emulator.log() };
    for (const [where, text] of Object.entries(texts)) {
      expect(text.includes(calendarId), `calendar ${calendarId} is not named in ${where}, wanted it named`);
      for (const [what, secret] of Object.entries(secrets))
        expect(!text.includes(secret), `${what} is in ${where}, wanted it nowhere`);
    }
  });
}
