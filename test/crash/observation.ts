/** Looks at a machine's engines past its functions: what every record, queue and object says once all is quiet. */
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";

import { CalendarObjects } from "../../lib/aws/calendar-objects.ts";
import { checkpointKey } from "../../lib/aws/calendar-items.ts";
import { ObjectClient } from "../../lib/aws/object-client.ts";
import { QueueClient } from "../../lib/aws/queue-client.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import type { Item } from "../../lib/aws/expressions.ts";
import { Checkpoint } from "../../lib/contract/checkpoint.ts";
import { Build } from "../../lib/contract/feed.ts";
import { Letter } from "../../lib/contract/letter.ts";
import { Reservation } from "../../lib/contract/reservation.ts";
import { Run } from "../../lib/contract/run.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import type { Running } from "./killable-machine.ts";

/** The engines take any key. */
export const CREDENTIALS = { region: "us-east-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } } as const;
const EVERYTHING = 1_000_000;
const DEPTHS = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesNotVisible",
  "ApproximateNumberOfMessagesDelayed",
] as const;

/** Everything of the table that may be stuck. */
export type Records = {
  readonly checkpoints: ReadonlyMap<string, Checkpoint>;
  readonly builds: readonly Build[];
  readonly letters: readonly Letter[];
  readonly reservations: readonly Reservation[];
  readonly runs: ReadonlyMap<string, Run>;
  /** End of a tick's claim on the cursor. */
  readonly claimedUntil: string | undefined;
};

export class Observation {
  readonly #table: RecordTable;
  readonly #objects: CalendarObjects;
  readonly #sqs: SQSClient;
  readonly #queueUrls: ReadonlyMap<string, string>;
  readonly queues: QueueClient;

  constructor({ tables, messages, outputs }: Running) {
    const atMessages = { ...CREDENTIALS, endpoint: messages };
    this.#table = new RecordTable(outputs.TableName, { ...CREDENTIALS, endpoint: tables });
    this.#objects = new CalendarObjects(new ObjectClient(outputs.BucketName, atMessages));
    this.#sqs = new SQSClient({ ...atMessages, useQueueUrlAsEndpoint: false });
    this.queues = new QueueClient(atMessages);
    const queues = Object.entries(outputs).filter(([name]) => /(?:Queue|Dlq)Url$/u.test(name));
    this.#queueUrls = new Map(queues.flatMap(([name, url]) => (url === undefined ? [] : [[name, url] as const])));
  }

  async versions(calendarIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const items = await this.#table.getAll(calendarIds.map(checkpointKey));
    return new Map(
      items.map((item) => Checkpoint.parse(item)).map(({ calendarId, calendarVersion }) => [calendarId, calendarVersion]),
    );
  }

  async records(): Promise<Records> {
    const items = await this.#table.scan({ expression: "attribute_exists(#pk)" }, undefined, EVERYTHING);
    const of = (partition: string, sort = ""): Item[] =>
      items.filter(({ pk, sk }) => String(pk).startsWith(partition) && String(sk).startsWith(sort));
    const checkpoints = of("CAL#", "META#CHECKPOINT").map((item) => Checkpoint.parse(item));
    const runs = of("RUN#").map((item) => Run.parse(item));
    const [cursor] = of("TICK", "CURSOR");
    return {
      checkpoints: new Map(checkpoints.map((checkpoint) => [checkpoint.calendarId, checkpoint])),
      builds: of("FEED#", "BUILD").map((item) => Build.parse(item)),
      letters: of("LETTER#").map((item) => Letter.parse(item)),
      // Those that owners make lie under the same prefix, and have no task yet.
      reservations: of("RESERVATION#")
        .filter((item) => "taskId" in item)
        .map((item) => Reservation.parse(item)),
      runs: new Map(runs.map((run) => [run.runId, run])),
      claimedUntil: typeof cursor?.["claimedUntil"] === "string" ? cursor["claimedUntil"] : undefined,
    };
  }

  /** Messages of each of Calferry's queues that has any: waiting, in flight or delayed. */
  async depths(): Promise<Readonly<Record<string, number>>> {
    const depths = [...this.#queueUrls].map(async ([name, url]) => {
      const answer = await this.#sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...DEPTHS] }));
      return [name, DEPTHS.reduce((sum, depth) => sum + Number(answer.Attributes?.[depth] ?? 0), 0)] as const;
    });
    return Object.fromEntries((await Promise.all(depths)).filter(([, depth]) => depth > 0));
  }

  async snapshot(key: string): Promise<Snapshot> {
    return await this.#objects.getSnapshot(key);
  }
}
