/** What moves on the machine: functions behind queues and schedules, and the calls that steer both. */
import { setTimeout as pause } from "node:timers/promises";

import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { Hono } from "hono";

import { functionNameOf } from "./arn.ts";
import { Clockwork } from "./clockwork.ts";
import { deliverBatch, DELIVERIES } from "./deliveries.ts";
import { EventSource } from "./event-source.ts";
import type { Outcome } from "./function-worker.ts";
import type { KeptState } from "./kept-state.ts";
import { lambdaApi } from "./lambda-api.ts";
import type { LambdaFunction } from "./lambda-function.ts";
import type { Messages } from "./messages.ts";
import type { Plan } from "./resources.ts";
import { declareSchedules, schedulerApi } from "./scheduler-api.ts";
import { createSamples } from "./site.ts";

/** Running batches get this long to finish when the machine stops; what is not done comes back at the next start. */
const STOP_GRACE_MS = 1000;

export interface WorkOptions {
  readonly plan: Plan;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  readonly messages: Messages;
  readonly kept: KeptState;
  readonly ticks: "clock" | "manual";
  readonly print: (line: string) => void;
}

export interface Work {
  /** Scheduler's and Lambda's calls, and the sample calendars. */
  readonly control: Hono;
  readonly tick: () => Promise<void>;
  /** Takes nothing new and waits a moment for what runs. */
  readonly stop: () => Promise<void>;
}

export function startWork({ plan, functions, messages, kept, ticks, print }: WorkOptions): Work {
  const { sqs, sns } = messages;
  const { state } = kept;
  const invoke = async (name: string, payload: string): Promise<Outcome> =>
    functions.get(functionNameOf(name))?.invoke(payload) ?? { errorType: "ResourceNotFoundException", errorMessage: name };
  const deliver = async (arn: string, input: string): Promise<boolean> => {
    const queue = plan.queues.find((one) => one.arn === arn);
    if (queue === undefined) return "payload" in (await invoke(arn, input));
    await sqs.send(new SendMessageCommand({ QueueUrl: queue.ref, MessageBody: input }));
    return true;
  };
  const sources = plan.mappings.map((mapping) => {
    const deliveries = { sns, declared: plan.subscriptions, print };
    const run = async (payload: string): Promise<Outcome> =>
      mapping.FunctionName === DELIVERIES ? deliverBatch(payload, deliveries) : invoke(mapping.FunctionName, payload);
    return new EventSource(mapping, sqs, run, print);
  });
  const declared = declareSchedules(plan, kept);
  const clockwork = new Clockwork(kept, deliver, (key) => ticks === "clock" || !declared.has(key));
  const steered = sources.filter(({ mapping }) => mapping.FunctionName !== DELIVERIES);
  const scheduler = schedulerApi(kept, () => clockwork.wind());
  const control = new Hono().route("/", lambdaApi(steered, kept)).route("/", createSamples()).route("/", scheduler);
  for (const source of sources) source.enabled = state.mappings[source.mapping.name] ?? source.mapping.Enabled;
  clockwork.wind();
  const tick = async (): Promise<void> => {
    const schedule = Object.values(state.schedules).find(({ Name: name }) => name === plan.outputs["TickScheduleName"]);
    if (schedule !== undefined) await clockwork.fire(schedule);
  };
  const stop = async (): Promise<void> => {
    clockwork.stop();
    for (const source of sources) source.stop();
    const settled = Promise.all(sources.map(async (source) => source.settled()));
    await Promise.race([settled, pause(STOP_GRACE_MS, undefined, { ref: false })]);
  };
  return { control, tick, stop };
}
