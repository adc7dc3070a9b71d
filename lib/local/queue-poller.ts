/** One event source mapping: polls a queue, invokes the function, deletes what it does not report as failed. */
import { DeleteMessageBatchCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import type { Message, SQSClient } from "@aws-sdk/client-sqs";

import { isObject, listOf, parseJson } from "./json.ts";
import { REGION } from "./physical-names.ts";
import type { MappingDefinition } from "./plan.ts";
import type { Outcome } from "./sandbox.ts";

/** SQS gives and deletes at most ten messages in one call, and waits at most 20 seconds. */
const CALL_LIMIT = 10;
const WAIT_SECONDS = 20;
/** Batches of one mapping at the same time; more would only wait for a worker. */
const BATCHES_LIMIT = 4;
const PAUSE_AFTER_ERROR_MS = 1000;

export interface QueuePoller {
  readonly mapping: MappingDefinition;
  readonly enabled: () => boolean;
  readonly enable: () => void;
  /** Stops receiving; batches that run go on. */
  readonly disable: () => void;
  /** Resolves when no batch runs any more. */
  readonly settled: () => Promise<void>;
}

type Warn = (line: string) => void;
/** Payloads are JSON text. */
type Invoke = (functionName: string, payload: string) => Promise<Outcome>;

export function createPoller(mapping: MappingDefinition, sqs: SQSClient, invoke: Invoke, warn: Warn): QueuePoller {
  const running = new Set<Promise<void>>();
  let polling: AbortController | undefined;

  const complain = (error: unknown): void => warn(`the queue of ${mapping.functionName}: ${String(error)}`);
  const pollOnce = async (signal: AbortSignal): Promise<void> => {
    const messages = await receiveBatch(mapping, sqs, signal);
    if (messages.length > 0) {
      const batch = handOver(mapping, sqs, invoke, messages)
        .catch(complain)
        .finally(() => running.delete(batch));
      running.add(batch);
    }
    if (running.size >= Math.min(BATCHES_LIMIT, mapping.concurrency)) {
      await Promise.race(running);
    }
  };
  const poll = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await pollOnce(signal).catch(async (error: unknown) => {
        if (!signal.aborted) {
          complain(error);
          await pause(signal);
        }
      });
    }
  };

  return {
    mapping,
    enabled: () => polling !== undefined,
    enable: () => {
      if (polling === undefined) {
        polling = new AbortController();
        void poll(polling.signal);
      }
    },
    disable: () => {
      polling?.abort();
      polling = undefined;
    },
    settled: async () => {
      await Promise.all(running);
    },
  };
}

/** A long poll; with a window it goes on until the batch is full or the window is over. */
async function receiveBatch(mapping: MappingDefinition, sqs: SQSClient, signal: AbortSignal): Promise<Message[]> {
  const receive = async (most: number, waitSeconds: number): Promise<Message[]> => {
    const { Messages: messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: mapping.queueUrl,
        MaxNumberOfMessages: Math.min(CALL_LIMIT, most),
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ["All"],
        MessageAttributeNames: ["All"],
      }),
      { abortSignal: signal },
    );
    return messages;
  };
  const batch = await receive(mapping.batchSize, WAIT_SECONDS);
  const windowEndsMs = Date.now() + mapping.windowMs;
  try {
    while (batch.length > 0 && batch.length < mapping.batchSize && Date.now() < windowEndsMs) {
      batch.push(...(await receive(mapping.batchSize - batch.length, Math.ceil((windowEndsMs - Date.now()) / 1000))));
    }
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
    // What was received before the poller stopped is still handed over.
  }
  return batch;
}

async function handOver(mapping: MappingDefinition, sqs: SQSClient, invoke: Invoke, messages: readonly Message[]): Promise<void> {
  const outcome = await invoke(
    mapping.functionName,
    JSON.stringify({ Records: messages.map((message) => record(mapping, message)) }),
  );
  const failed = failedIds(mapping, outcome, messages);
  const done = messages.filter(({ MessageId: id = "" }) => !failed.has(id));
  for (let start = 0; start < done.length; start += CALL_LIMIT) {
    const entries = done
      .slice(start, start + CALL_LIMIT)
      .map(({ ReceiptHandle: handle }, position) => ({ Id: String(position), ReceiptHandle: handle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: mapping.queueUrl, Entries: entries }));
  }
}

/** The messages that stay in the queue: those named, or all where the answer is a failure or names something unknown. */
function failedIds(mapping: MappingDefinition, outcome: Outcome, messages: readonly Message[]): ReadonlySet<string> {
  const all = new Set(messages.flatMap(({ MessageId: id }) => (id === undefined ? [] : [id])));
  if ("errorType" in outcome) {
    return all;
  }
  const answer = parseJson(outcome.payload);
  const failures = mapping.partialFailures && isObject(answer) ? listOf(answer["batchItemFailures"]) : [];
  const ids = failures.map((failure) => (isObject(failure) ? failure["itemIdentifier"] : undefined));
  const known = ids.filter((id): id is string => typeof id === "string" && all.has(id));
  return known.length === ids.length ? new Set(known) : all;
}

function record(mapping: MappingDefinition, message: Message): Readonly<Record<string, unknown>> {
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(
        ([name, { DataType: dataType, StringValue: stringValue, BinaryValue: binary }]) => [
          name,
          {
            dataType,
            ...(stringValue === undefined ? {} : { stringValue }),
            ...(binary === undefined ? {} : { binaryValue: Buffer.from(binary).toString("base64") }),
            stringListValues: [],
            binaryListValues: [],
          },
        ],
      ),
    ),
    md5OfBody: message.MD5OfBody,
    ...(message.MD5OfMessageAttributes === undefined ? {} : { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: "aws:sqs",
    eventSourceARN: mapping.queueArn,
    awsRegion: REGION,
  };
}

async function pause(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, PAUSE_AFTER_ERROR_MS);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
