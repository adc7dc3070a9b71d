/** The real use cases over real adapters and engines, and a real source on loopback: one calendar in one feed, polled by the clock of the test. */
import type { Message } from "@aws-sdk/client-sqs";

import { FeedDraft } from "../../lib/contract/feed.ts";
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { ChangeMessage } from "../../lib/contract/change.ts";
import type { EventChange } from "../../lib/contract/change.ts";
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import { AlertTable } from "../../lib/aws/alert-table.ts";
import { CalendarObjects } from "../../lib/aws/calendar-objects.ts";
import { CalendarTable } from "../../lib/aws/calendar-table.ts";
import { ChangesTopic } from "../../lib/aws/change-topic.ts";
import { DeadLetters } from "../../lib/aws/dead-letter-queue.ts";
import { FeedObjects } from "../../lib/aws/feed-objects.ts";
import { ExternalIdTable } from "../../lib/aws/external-id-table.ts";
import { FeedTable } from "../../lib/aws/feed-table.ts";
import { LinkTable } from "../../lib/aws/link-table.ts";
import { OwnerTable } from "../../lib/aws/owner-table.ts";
import { HostTable } from "../../lib/aws/host-table.ts";
import { LetterTable } from "../../lib/aws/letter-table.ts";
import { ObjectClient } from "../../lib/aws/object-client.ts";
import { OwnersReservationTable } from "../../lib/aws/owners-reservation-table.ts";
import { QueueClient } from "../../lib/aws/queue-client.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import { TaskQueue } from "../../lib/aws/task-queue.ts";
import { TopicClient } from "../../lib/aws/topic-client.ts";
import type { Run } from "../../lib/contract/run.ts";
import type { TaskEnd } from "../../lib/core/runs.ts";
import { createSourceFetcher } from "../../lib/http/fetch-source.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import { exportFeed } from "../../lib/sync/export-feed.ts";
import { importCalendar } from "../../lib/sync/import-calendar.ts";
import { startMessages, startTable } from "../aws/engines.ts";
import { startSource } from "../http/source-server.ts";
import type { Answer } from "./answers.ts";

const MINUTE_MS = 60_000;
const START_MS = Date.parse("2026-05-06T00:00:00Z");
/** Hosts that only DNS can find, so that DNS can fail; each calendar has its own, for a throttled host rests for all of its calendars. */
const DOMAIN = "source.test";

export type Published = { readonly ics: string; readonly etag: string; readonly eventCount: number };

export type Ferried = {
  readonly calendarId: string;
  /** One turn, an hour after the one before, tried again for as long as the product does. */
  readonly poll: (answer: Answer) => Promise<TaskEnd>;
  /** What its newest run says. */
  readonly run: () => Promise<Run | undefined>;
  /** Builds the feed again, whatever it was built from, and gives its bytes. */
  readonly publish: () => Promise<Published>;
  readonly checkpoint: () => Promise<Checkpoint>;
  /** Events of the snapshot that the checkpoint points at. */
  readonly storedCount: () => Promise<number>;
  /** What an app heard since it was asked last. */
  readonly heard: () => Promise<readonly EventChange[]>;
  /** Codes of the dead letters since it was asked last. */
  readonly givenUp: () => Promise<readonly string[]>;
};

export type Ferry = { readonly add: (first: Answer) => Promise<Ferried>; readonly stop: () => Promise<void> };

export async function startFerry(): Promise<Ferry> {
  const answers = new Map<string, Answer>();
  const [tables, engine, source] = await Promise.all([
    startTable(),
    startMessages(),
    startSource((request, response) => answers.get(request.url ?? "")?.serve?.(request, response)),
  ]);
  await engine.createBucket("objects");
  const [exportsUrl, urgentUrl, dlqUrl] = await Promise.all(["export", "urgent", "dlq"].map(engine.createQueue));
  const changes = await engine.createTopic("changes");
  const topic = new ChangesTopic(new TopicClient(engine.settings), changes.arn);
  const table = new RecordTable("records", tables.settings);
  const client = new ObjectClient("objects", engine.settings);
  const queues = new QueueClient(engine.settings);
  const exports = new TaskQueue(queues, exportsUrl ?? "");
  const urgent = new TaskQueue(queues, urgentUrl ?? "");
  let nowMs = START_MS;
  let ids = 0;
  const now = (): Date => new Date(nowMs);
  const newId = (): string => `id${(ids += 1)}`;
  const calendars = new CalendarTable(table);
  const feeds = new FeedTable(table);
  const letters = new LetterTable(table);
  const objects = new CalendarObjects(client);
  const hosts = new HostTable(table, () => nowMs);
  const published = new FeedObjects(client);

  const reservations = { book: async (): Promise<never> => await Promise.reject(new Error("no task is put off here")) };
  const crons = { keep: async (): Promise<never> => await Promise.reject(new Error("no calendar has a schedule here")) };

  const portsFor = (answer: Answer): Parameters<typeof importCalendar>[1] => ({
    calendars,
    letters,
    objects,
    exports,
    hosts,
    changes: topic,
    deadLetters: new DeadLetters(queues, dlqUrl ?? ""),
    reservations,
    alerts: new AlertTable(table),
    source: createSourceFetcher({
      limitBytes: 4_000_000,
      allow: ["127.0.0.0/8"],
      totalMs: answer.patienceMs ?? 5000,
      resolve: answer.resolve ?? (async () => await Promise.resolve([{ address: "127.0.0.1", family: 4 }])),
    }),
  });

  // Nobody deletes here, and on a slow machine a message comes back.
  const known = new Set<string | undefined>();
  const fresh = async (queueUrl: string): Promise<readonly Message[]> => {
    const messages = (await engine.receiveAll(queueUrl)).filter(({ MessageId: id }) => !known.has(id));
    for (const { MessageId: id } of messages) known.add(id);
    return messages;
  };

  const externalIds = new ExternalIdTable(table);
  const add = async (first: Answer): Promise<Ferried> => {
    const name = newId();
    const path = `/${name}.ics`;
    const draft = CalendarDraft.parse({
      source: { kind: "url", url: `http://${name}.${DOMAIN}:${source.port}${path}` },
      firstImport: "turn",
    });
    const { calendar } = await createCalendar(
      draft,
      { calendars, urgent, hosts, reservations, crons, externalIds, ownerRecords: new OwnerTable(table) },
      { now, newId },
    );
    const { calendarId } = calendar;
    const members = FeedDraft.parse({ name: "All", members: [{ calendarId }], policy: { class: "as-is" } });
    const randomBytes = (size: number): Uint8Array => new Uint8Array(size);
    const { feed } = await createFeed(members, { feeds, links: new LinkTable(table), exports }, { now, newId, randomBytes });
    const checkpoint = async (): Promise<Checkpoint> => {
      const loaded = await calendars.load(calendarId);
      if (loaded === undefined) throw new Error(`calendar ${calendarId} is gone`);
      return loaded.checkpoint;
    };
    const ferried: Ferried = {
      calendarId,
      checkpoint,
      poll: async (answer) => {
        answers.set(path, answer);
        nowMs += 60 * MINUTE_MS;
        const turn = Math.floor(nowMs / MINUTE_MS);
        const task = {
          version: 1,
          kind: "import",
          taskId: newId(),
          calendarId,
          turn,
          startAt: now().toISOString(),
          reason: "tick",
        } as const;
        const context = { now, newId, random: () => 0.5, signal: AbortSignal.timeout(10_000), attempts: 5 };
        for (;;) {
          const end = await importCalendar(task, portsFor(answer), context);
          if (end.kind === "done") return end;
          nowMs += end.delaySeconds * 1000;
        }
      },
      run: async () => (await calendars.runs(calendarId, { limit: 1, cursor: undefined })).items[0],
      publish: async () => {
        const task = { version: 1, kind: "export", taskId: newId(), feedId: feed.feedId, reason: "mend" } as const;
        await exportFeed(
          task,
          { feeds, objects: published, letters, changes: topic, ownersReservations: new OwnersReservationTable(table) },
          { now },
        );
        const { objectKey = "", etag = "", eventCount = 0 } = (await feeds.build(feed.feedId)) ?? {};
        return { ics: Buffer.from(await client.get(objectKey)).toString(), etag, eventCount };
      },
      storedCount: async () => (await objects.getSnapshot((await checkpoint()).snapshotKey ?? "")).events.length,
      heard: async () => {
        const bodies = (await fresh(changes.queueUrl)).map(({ Body: text = "" }): unknown => JSON.parse(text));
        return bodies.flatMap((body) => ChangeMessage.safeParse(body).data?.changes ?? []);
      },
      givenUp: async () =>
        (await fresh(dlqUrl ?? "")).map(({ MessageAttributes: attributes }) => attributes?.["code"]?.StringValue ?? ""),
    };
    await ferried.poll(first);
    // The first import's own.
    await ferried.heard();
    return ferried;
  };
  return {
    add,
    stop: async () => {
      await Promise.all([tables.stop(), engine.stop(), source.stop()]);
    },
  };
}
