/** One event source mapping: polls a queue, invokes the function, deletes what it does not report as failed. */
import { setTimeout as pause } from "node:timers/promises";

import { DeleteMessageBatchCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import type { Message, ReceiveMessageCommandInput, SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";

import type { Outcome } from "./function-worker.ts";
import { REGION } from "./arn.ts";
import type { MappingPlan } from "./resources.ts";

/** SQS gives at most ten messages in one call. A source that is switched off hears of it after one wait. */
const RECEIVE = {
  WaitTimeSeconds: 3,
  MessageSystemAttributeNames: ["All"],
  MessageAttributeNames: ["All"],
} satisfies Partial<ReceiveMessageCommandInput>;
const MOST_MESSAGES = 10;
/** Batches of one mapping at the same time; more would only wait for a thread. */
const MOST_BATCHES = 4;
const PAUSE_AFTER_ERROR_MS = 1000;

/** As on AWS an answer without failures is a success; a strange one fails the whole batch. */
const Answer = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })).nullish() }).nullable();

/** Payloads are JSON text. */
type Invoke = (payload: string) => Promise<Outcome>;

export class EventSource {
  readonly mapping: MappingPlan;
  readonly #sqs: SQSClient;
  readonly #invoke: Invoke;
  readonly #complain: (error: unknown) => void;
  readonly #running = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #enabled = false;
  #polling: Promise<void> | undefined;

  constructor(mapping: MappingPlan, sqs: SQSClient, invoke: Invoke, warn: (line: string) => void) {
    this.mapping = mapping;
    this.#sqs = sqs;
    this.#invoke = invoke;
    this.#complain = (error) => warn(`the queue of ${mapping.FunctionName}: ${String(error)}`);
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  /**
   * Switched off, it does not break its wait off: the engine would give the next message to nobody, and hide it for its whole
   * visibility timeout.
   */
  set enabled(wanted: boolean) {
    this.#enabled = wanted;
    if (wanted) this.#polling ??= this.#poll(this.#stopping.signal);
  }

  /** Resolves when a source that is switched off receives no more: what its last wait receives is still worked. */
  async quiet(): Promise<void> {
    if (!this.#enabled) await this.#polling;
  }

  /** Receives nothing more, at once; for the end of the machine. Batches that run go on. */
  stop(): void {
    this.#enabled = false;
    this.#stopping.abort();
  }

  /** Resolves when no batch runs any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #poll(signal: AbortSignal): Promise<void> {
    while (this.#enabled) {
      try {
        const messages = await this.#receive(signal);
        if (messages.length > 0) this.#start(messages);
        const limit = Math.min(MOST_BATCHES, this.mapping.ScalingConfig.MaximumConcurrency);
        if (this.#running.size >= limit) await Promise.race(this.#running);
      } catch (error) {
        if (signal.aborted) break;
        this.#complain(error);
        await pause(PAUSE_AFTER_ERROR_MS);
      }
    }
    this.#polling = undefined;
  }

  async #receive(signal: AbortSignal): Promise<readonly Message[]> {
    const MaxNumberOfMessages = Math.min(MOST_MESSAGES, this.mapping.BatchSize);
    const command = new ReceiveMessageCommand({ QueueUrl: this.mapping.queueUrl, MaxNumberOfMessages, ...RECEIVE });
    const { Messages: messages = [] } = await this.#sqs.send(command, { abortSignal: signal });
    return messages;
  }

  #start(messages: readonly Message[]): void {
    const batch = this.#handOver(messages)
      .catch(this.#complain)
      .finally(() => this.#running.delete(batch));
    this.#running.add(batch);
  }

  async #handOver(messages: readonly Message[]): Promise<void> {
    const outcome = await this.#invoke(JSON.stringify({ Records: messages.map((message) => recordOf(this.mapping, message)) }));
    const failed = failedIds(this.mapping, outcome, messages);
    const entries = messages
      .filter(({ MessageId: id = "" }) => !failed.has(id))
      .map(({ ReceiptHandle: handle }, position) => ({ Id: String(position), ReceiptHandle: handle }));
    if (entries.length === 0) return;
    await this.#sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.mapping.queueUrl, Entries: entries }));
  }
}

/** The messages that stay in the queue: those named, or all where the answer is a failure or names something unknown. */
function failedIds(mapping: MappingPlan, outcome: Outcome, messages: readonly Message[]): ReadonlySet<string> {
  const all = new Set(messages.map(({ MessageId: id = "" }) => id));
  if ("errorType" in outcome) return all;
  if (!mapping.FunctionResponseTypes.includes("ReportBatchItemFailures")) return new Set();
  const { success, data } = Answer.safeParse(JSON.parse(outcome.payload));
  const named = new Set(data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  return success && [...named].every((id) => all.has(id)) ? named : all;
}

function recordOf(mapping: MappingPlan, message: Message): Readonly<Record<string, unknown>> {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, { DataType, StringValue }]) => [
    name,
    { dataType: DataType, stringValue: StringValue, stringListValues: [], binaryListValues: [] },
  ]);
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes,
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: message.MD5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: mapping.EventSourceArn,
    awsRegion: REGION,
  };
}
