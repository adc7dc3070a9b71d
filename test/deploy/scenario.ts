/** The life of one calendar on a deployed stack: imported by a tick, subscribed to, broken, alerted, deployed over, replayed. */
import * as z from "zod";

import { awaitUntil } from "./await-until.ts";
import { call } from "./deployment.ts";
import type { Answer, Deployment } from "./deployment.ts";
import type { Emulator } from "./emulator.ts";
import { EventSources } from "./event-sources.ts";
import { eventSet } from "./event-set.ts";
import { Mailbox } from "./mailbox.ts";
import { smallCalendar, TEAM_CALENDAR } from "./source-calendar.ts";
import type { SourceServer } from "./source-server.ts";
import type { Steps } from "./steps.ts";

/** Sources on loopback are refused unless the deployment allows them. */
const FIRST_CONTEXT = { fetchAllow: "127.0.0.0/8", alertEmail: "operator@example.com" };
/** Values that end in functions' environments and in log groups: an update of both. */
const SECOND_CONTEXT = { ...FIRST_CONTEXT, attempts: "4", logRetentionDays: "14" };

/** A source's URL is a secret: this part of it must be in no log and in no alert. */
const SECRET = "private-5d0c41e7";
const TEAM_PATH = `/${SECRET}/team.ics`;

/** Calendars whose tasks wait in the queue during the second deployment. */
const CROWD = Array.from({ length: 8 }, (_, index) => `shift-${index + 1}`);

/** A fresh stack's first tick comes a minute after its creation; a calendar of five minutes is due within five more. */
const TICK_MS = 7 * 60_000;
const SOON_MS = 60_000;

const CreatedCalendar = z.object({ calendarId: z.string() });
const CreatedFeed = z.object({ feedId: z.string(), link: z.object({ url: z.string() }) });
const CreatedKey = z.object({ key: z.string() });
const Calendars = z.array(z.object({ calendarId: z.string() }));
const Runs = z.object({ items: z.array(z.object({ runId: z.string(), reason: z.string(), status: z.string() })) });
const Run = z.object({ runId: z.string(), status: z.string() });
const Letters = z.array(
  z.object({ letterId: z.string(), calendarId: z.string().optional(), code: z.string(), state: z.string() }),
);

export interface Stage {
  readonly steps: Steps;
  readonly deployment: Deployment;
  readonly emulator: Emulator;
  readonly source: SourceServer;
  readonly signal: AbortSignal;
}

type Outputs = Readonly<Record<string, string>>;
type Subscription = { readonly calendarId: string; readonly feedUrl: string; readonly key: string };
type QueuedRun = { readonly calendarId: string; readonly runId: string };

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
    const subscription = await subscribe(stage, base, outputs);
    const etag = await importByTick(stage, subscription);
    const letterId = await breakForGood(stage, subscription, mailbox, etag);
    await deployAgain(stage, base, { outputs, subscription, mailbox, eventSources, etag, letterId });
    await replay(stage, subscription, { letterId, etag });
    await steps.take("no log of the functions and no alert names the source's secret", async () => {
      const seen = [await emulator.log(), ...(await mailbox.read())].filter((text) => text.includes(SECRET));
      expect(seen.length === 0, `the secret part of the URL is in ${seen.length} of them, wanted none`);
    });
  } finally {
    mailbox.close();
    eventSources.close();
  }
}

function subscribe({ steps, deployment }: Stage, base: string, outputs: Outputs): Promise<Subscription> {
  return steps.take("calendar, feed and admin key are made with the terminal", async () => {
    const add = ["calendar", "add", `${base}${TEAM_PATH}`, "--name", "팀 달력", "--every", "5", "--no-sync"];
    const { calendarId } = await deployment.calferry(CreatedCalendar, ...add);
    const feed = await deployment.calferry(CreatedFeed, "feed", "create", "--name", "Team", calendarId);
    const { key } = await deployment.calferry(CreatedKey, "key", "create", "--label", "deploy test");
    const apiUrl = new URL(outputOf(outputs, "ApiUrl")).origin;
    expect(
      feed.link.url.startsWith(`${apiUrl}/f/${feed.feedId}.`),
      `the link lies below ${apiUrl}/f/, wanted below the deployed API`,
    );
    return { calendarId, feedUrl: feed.link.url, key };
  });
}

async function importByTick({ steps, source, signal }: Stage, subscription: Subscription): Promise<string> {
  const { calendarId, feedUrl } = subscription;
  await steps.take("a tick fired by the deployed schedule imports the calendar", async () => {
    await awaitUntil({ what: "a run whose reason is tick", withinMs: TICK_MS, signal }, async (saw) => {
      const { items } = Runs.parse(await api(subscription, feedUrl, `/v1/calendars/${calendarId}/runs`));
      saw(JSON.stringify(items));
      return items.find(({ reason, status }) => reason === "tick" && status === "imported");
    });
    const asked = source.asked(TEAM_PATH).length;
    expect(asked === 1, `the source was asked ${asked} times, wanted 1`);
  });
  const feed = await steps.take("the feed fetched through the deployed API has the source's events", async () => {
    const answer = await awaitUntil({ what: "the feed is built", withinMs: SOON_MS, signal }, async (saw) => {
      const got = await call(feedUrl);
      saw(`status ${got.status}, ${got.body.length} characters`);
      return got.status === 200 && got.body.includes("BEGIN:VEVENT") ? got : undefined;
    });
    const wanted = eventSet(TEAM_CALENDAR);
    const seen = eventSet(answer.body);
    expect(wanted.length === 5, `the source has ${wanted.length} events, wanted 5`);
    expect(wanted.join("\n") === seen.join("\n"), `the feed says\n${seen.join("\n")}\nwanted\n${wanted.join("\n")}`);
    return answer;
  });
  const etag = etagOf(feed);
  await steps.take("the same feed asked for with its ETag answers 304", async () => {
    await expectSame(feedUrl, etag);
    const { status } = await call(feedUrl, { headers: { "if-none-match": '"another"' } });
    expect(status === 200, `with another ETag it answers ${status}, wanted 200`);
  });
  await steps.take("an unchanged source costs one conditional request and moves nothing", async () => {
    const run = await sync(subscription);
    const ended = await awaitRun(subscription, run, SOON_MS, signal);
    expect(ended === "unchanged", `the run ended ${ended}, wanted unchanged`);
    const statuses = source.asked(TEAM_PATH).map(({ status }) => status);
    expect(statuses.join() === "200,304", `the source answered ${statuses.join()}, wanted 200,304`);
    await expectSame(feedUrl, etag);
  });
  return etag;
}

async function breakForGood(stage: Stage, subscription: Subscription, mailbox: Mailbox, etag: string): Promise<string> {
  const { steps, deployment, source, signal } = stage;
  source.break(TEAM_PATH);
  const letterId = await steps.take("a source gone for good becomes a dead letter", async () => {
    await sync(subscription);
    const letter = await awaitUntil({ what: "an open dead letter", withinMs: SOON_MS, signal }, async (saw) => {
      const letters = await deployment.calferry(Letters, "dlq", "list");
      saw(JSON.stringify(letters));
      return letters.find(({ calendarId, state }) => calendarId === subscription.calendarId && state === "open");
    });
    expect(letter.code === "source-not-found", `its code is ${letter.code}, wanted source-not-found`);
    return letter.letterId;
  });
  await steps.take("the alert arrives on the alerts topic", () =>
    awaitUntil({ what: "an alert with the code source-not-found", withinMs: SOON_MS, signal }, async (saw) => {
      const notices = await mailbox.read();
      saw(notices.join("\n"));
      return notices.find((notice) => notice.includes("source-not-found"));
    }),
  );
  await steps.take("the last good copy stands while the source fails", () => expectSame(subscription.feedUrl, etag));
  return letterId;
}

interface Live {
  readonly outputs: Outputs;
  readonly subscription: Subscription;
  readonly mailbox: Mailbox;
  readonly eventSources: EventSources;
  readonly etag: string;
  readonly letterId: string;
}

async function deployAgain(stage: Stage, base: string, live: Live): Promise<void> {
  const { steps, deployment, source, signal } = stage;
  const { subscription, mailbox, eventSources, outputs } = live;
  const second = await steps.take("cdk synth with another configuration", () => deployment.synth("second", SECOND_CONTEXT));
  const crowd: string[] = [];
  for (const name of CROWD) {
    source.serve(`/${SECRET}/${name}.ics`, smallCalendar(name));
    const body = {
      name,
      source: { kind: "url", url: `${base}/${SECRET}/${name}.ics` },
      firstImport: "turn",
      intervalMinutes: 1440,
    };
    const view = CreatedCalendar.parse(await api(subscription, subscription.feedUrl, "/v1/calendars", { method: "POST", body }));
    crowd.push(view.calendarId);
  }
  const urgentUrl = outputOf(outputs, "UrgentQueueUrl");
  const queued = await steps.take(`cdk deploy again while ${CROWD.length} tasks are queued`, async () => {
    await eventSources.pause(urgentUrl);
    const runs: QueuedRun[] = [];
    for (const calendarId of crowd) runs.push(await sync({ ...subscription, calendarId }));
    const again = await deployment.deploy(second);
    expect(
      JSON.stringify(again) === JSON.stringify(outputs),
      `its outputs are ${JSON.stringify(again)}, wanted ${JSON.stringify(outputs)}`,
    );
    const depth = await mailbox.depth(urgentUrl);
    expect(depth === CROWD.length, `${depth} tasks lie in the urgent queue after the deployment, wanted ${CROWD.length}`);
    return runs;
  });
  await steps.take("every queued task is done by the second deployment", async () => {
    await eventSources.resume(urgentUrl);
    for (const run of queued) {
      const ended = await awaitRun(subscription, run, SOON_MS, signal);
      expect(ended === "imported", `run ${run.runId} ended ${ended}, wanted imported`);
    }
  });
  await steps.take("calendars, feed, link and dead letter are there as before", async () => {
    const calendars = await deployment.calferry(Calendars, "calendar", "list");
    const seen = calendars
      .map(({ calendarId }) => calendarId)
      .toSorted()
      .join();
    const wanted = [subscription.calendarId, ...crowd].toSorted().join();
    expect(seen === wanted, `the calendars are ${seen}, wanted ${wanted}`);
    await expectSame(subscription.feedUrl, live.etag);
    const letters = await deployment.calferry(Letters, "dlq", "list");
    expect(
      letters.some(({ letterId }) => letterId === live.letterId),
      "the open dead letter is not listed, wanted it open",
    );
  });
}

async function replay(
  { steps, deployment, source, signal }: Stage,
  subscription: Subscription,
  { letterId, etag }: { readonly letterId: string; readonly etag: string },
): Promise<void> {
  source.mend(TEAM_PATH);
  await steps.take("the mended source is replayed and its dead letter is resolved", async () => {
    await deployment.calferry(z.unknown(), "dlq", "replay", letterId);
    await awaitUntil({ what: "the dead letter is no longer open", withinMs: SOON_MS, signal }, async (saw) => {
      const { state } = await deployment.calferry(z.object({ state: z.string() }), "dlq", "show", letterId);
      saw(`state ${state}`);
      return state === "resolved" ? true : undefined;
    });
    await expectSame(subscription.feedUrl, etag);
  });
}

async function sync(subscription: Subscription): Promise<QueuedRun> {
  const { calendarId, feedUrl } = subscription;
  const run = Run.parse(await api(subscription, feedUrl, `/v1/calendars/${calendarId}/sync`, { method: "POST" }));
  return { calendarId, runId: run.runId };
}

function awaitRun(subscription: Subscription, run: QueuedRun, withinMs: number, signal: AbortSignal): Promise<string> {
  const path = `/v1/calendars/${run.calendarId}/runs/${encodeURIComponent(run.runId)}`;
  return awaitUntil({ what: `run ${run.runId} ends`, withinMs, signal }, async (saw) => {
    const { status } = Run.parse(await api(subscription, subscription.feedUrl, path));
    saw(`status ${status}`);
    return status === "queued" ? undefined : status;
  });
}

/** A call of the deployed API with the admin key; its JSON. */
async function api(
  { key }: Subscription,
  anyUrl: string,
  path: string,
  options: { readonly method?: string; readonly body?: unknown } = {},
): Promise<unknown> {
  const answer = await call(new URL(path, anyUrl).href, { ...options, headers: { authorization: `Bearer ${key}` } });
  expect(answer.status < 300, `${options.method ?? "GET"} ${path} answered ${answer.status}: ${answer.body.slice(0, 400)}`);
  return JSON.parse(answer.body);
}

async function expectSame(feedUrl: string, etag: string): Promise<void> {
  const conditional = await call(feedUrl, { headers: { "if-none-match": etag } });
  expect(conditional.status === 304, `the feed asked for with ${etag} answers ${conditional.status}, wanted 304`);
  const whole = await call(feedUrl);
  expect(etagOf(whole) === etag, `the feed's ETag is ${etagOf(whole)}, wanted ${etag}`);
  expect(eventSet(whole.body).length === 5, `the feed has ${eventSet(whole.body).length} events, wanted 5`);
}

function etagOf({ status, headers: { etag } }: Answer): string {
  if (status === 200 && etag !== undefined) return etag;
  throw new Error(`the feed answers ${status} with ETag ${etag}, wanted 200 and an ETag`);
}

function outputOf(outputs: Outputs, name: string): string {
  const value = outputs[name];
  if (value === undefined) throw new Error(`the stack has no output ${name}, wanted one of ${Object.keys(outputs).join(", ")}`);
  return value;
}

function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
