/** What both runs of the crash test start from: sources, calendars, feeds with links, and a queue that hears of every change. */

import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import * as z from "zod";

import { arnOf } from "../../lib/local/arn.ts";
import type { Keeper } from "./keeper.ts";
import type { Running } from "./killable-machine.ts";
import type { ScriptedCalendar } from "./script.ts";
import { CREDENTIALS } from "./observation.ts";
import type { Sources } from "./sources.ts";

const Made = z.object({ calendarId: z.string() });
const FeedMade = z.object({ feedId: z.string(), link: z.object({ url: z.string() }) });

export type StagedCalendar = ScriptedCalendar & { readonly calendarId: string };
export type StagedFeed = { readonly feedId: string; readonly path: string; readonly members: readonly string[] };
export type Stage = {
  readonly calendars: readonly StagedCalendar[];
  readonly feeds: readonly StagedFeed[];
  /** Queue of the app that follows the changes. */
  readonly receiverUrl: string;
};

const FEEDS = 8;
const MASKS = ["full", "titles", "busy"] as const;
const POLICIES = [{ class: "as-is", people: "keep", alarms: "keep" }, {}] as const;
const RECEIVER = "crash-receiver";

export async function setStage(keeper: Keeper, script: readonly ScriptedCalendar[], sources: Sources): Promise<Stage> {
  const { running } = await keeper.up();
  const receiverUrl = await subscribeReceiver(running);
  const calendars: StagedCalendar[] = [];
  for (const [index, calendar] of script.entries()) {
    const { name, kind, intervalMinutes } = calendar;
    const source = kind === "url" ? { kind, url: sources.urlOf(index) } : { kind };
    const draft = JSON.stringify({ name, source, intervalMinutes });
    calendars.push({ ...calendar, calendarId: Made.parse(await keeper.ask("POST", "/v1/calendars", draft)).calendarId });
  }
  const feeds: StagedFeed[] = [];
  for (let index = 0; index < FEEDS; index += 1) feeds.push(await createFeed(keeper, index, calendars));
  return { calendars, feeds, receiverUrl };
}

/** The first feed holds every calendar, the others each every second, third, fourth, ... one. */
async function createFeed(keeper: Keeper, index: number, calendars: readonly StagedCalendar[]): Promise<StagedFeed> {
  const members = calendars
    .filter((_, place) => (place + index) % (index + 1) === 0)
    .map(({ calendarId }, place) => ({ calendarId, mask: MASKS[(place + index) % MASKS.length] }));
  const draft = { name: `Feed ${index}`, members, policy: POLICIES[index % POLICIES.length] };
  const { feedId, link } = FeedMade.parse(await keeper.ask("POST", "/v1/feeds", JSON.stringify(draft)));
  return { feedId, path: new URL(link.url).pathname, members: members.map(({ calendarId }) => calendarId) };
}

async function subscribeReceiver({ messages: endpoint, outputs }: Running): Promise<string> {
  const [sqs, sns] = [new SQSClient({ ...CREDENTIALS, endpoint }), new SNSClient({ ...CREDENTIALS, endpoint })];
  const { QueueUrl: url = "" } = await sqs.send(new CreateQueueCommand({ QueueName: RECEIVER }));
  await sns.send(
    new SubscribeCommand({
      TopicArn: outputs.ChangesTopicArn,
      Protocol: "sqs",
      Endpoint: arnOf("sqs", RECEIVER),
      Attributes: { RawMessageDelivery: "true" },
    }),
  );
  return url;
}
