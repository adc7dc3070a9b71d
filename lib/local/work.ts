/** What moves on the machine: functions behind queues and schedules, and the calls that steer both. */
import { join } from "node:path";

import { SendMessageCommand } from "@aws-sdk/client-sqs";
import type { SQSClient } from "@aws-sdk/client-sqs";

import { Clockwork, keyOf } from "./clockwork.ts";
import type { Target } from "./clockwork.ts";
import { deliverBatch } from "./deliveries.ts";
import { FunctionHost } from "./function-host.ts";
import { objectOf, textOf } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { KeptRecords } from "./kept-records.ts";
import { answerLambda } from "./lambda-server.ts";
import { serve } from "./loopback-server.ts";
import type { MessageEngine } from "./message-engine.ts";
import { functionNameOf } from "./plan.ts";
import type { MappingDefinition, Plan } from "./plan.ts";
import { createPoller } from "./queue-poller.ts";
import { answerScheduler, completeGroup, completeSchedule, refuse } from "./scheduler-server.ts";
import type { Ports } from "./sdk-settings.ts";
import { answerSample } from "./site.ts";
import { readAssets } from "./synthesize.ts";

/** Running batches get this long to finish when the machine stops; what is not done comes back at the next start. */
const STOP_GRACE_MS = 1000;

export interface WorkOptions {
  readonly folder: string;
  readonly assembly: string;
  readonly plan: Plan;
  readonly deliveries: MappingDefinition;
  readonly ports: Ports;
  readonly messages: MessageEngine;
  readonly records: KeptRecords;
  readonly env: Readonly<Record<string, string>>;
  readonly ticks: "clock" | "manual";
  readonly print: (line: string) => void;
}

export interface Work {
  readonly host: FunctionHost;
  readonly tick: () => Promise<void>;
  /** Takes nothing new and waits a moment for what runs. */
  readonly pause: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function startWork(options: WorkOptions): Promise<Work> {
  const { plan, messages, records, print } = options;
  const assets = readAssets(options.assembly);
  const host = new FunctionHost({
    functions: plan.functions,
    bundleOf: (asset) => assets.get(asset) ?? "",
    env: options.env,
    logDirectory: join(options.folder, "logs"),
    warn: print,
  });
  const pollers = plan.mappings.map((mapping) =>
    createPoller(mapping, messages.sqs, async (name, payload) => host.invoke(name, payload), print),
  );
  const all = [
    ...pollers,
    createPoller(options.deliveries, messages.sqs, async (_name, payload) => deliverBatch(payload, messages.sns, print), print),
  ];
  const declared = declareSchedules(plan, records);
  const clockwork = new Clockwork(
    records,
    targetOf(host, messages.sqs, plan),
    (schedule) => options.ticks === "clock" || !declared.has(keyOf(schedule)),
  );
  const keep = (uuid: string, enabled: boolean): void => records.put("mapping", uuid, { enabled });
  const control = await serve(
    options.ports.control,
    async (request) =>
      answerSample(request) ??
      answerScheduler(request, records, () => clockwork.wind()) ??
      (await answerLambda(request, host, pollers, keep)) ??
      refuse(404, "UnknownOperationException", `one machine has no ${request.method} ${request.url.pathname}`),
  );
  for (const poller of all.filter(({ mapping }) => records.get("mapping", mapping.uuid)?.["enabled"] ?? mapping.enabled)) {
    poller.enable();
  }
  clockwork.wind();
  const tick = async (): Promise<void> => {
    const name = plan.outputs["TickScheduleName"];
    await clockwork.fire(records.list("schedule").find((one) => one["Name"] === name) ?? {});
  };
  const pause = async (): Promise<void> => {
    clockwork.stop();
    all.forEach((poller) => poller.disable());
    await Promise.race([Promise.all(all.map(async (poller) => poller.settled())), wait(STOP_GRACE_MS)]);
  };
  const stop = async (): Promise<void> => {
    await Promise.all([host.stop(), control.stop()]);
  };
  return { host, tick, pause, stop };
}

/** The template's groups and schedules. One that did not change keeps its state, so that a paused tick stays paused. */
function declareSchedules(plan: Plan, records: KeptRecords): ReadonlySet<string> {
  for (const group of plan.groups.filter((name) => records.get("group", name) === undefined)) {
    records.put("group", group, completeGroup(group));
  }
  for (const schedule of plan.schedules) {
    const key = keyOf(schedule);
    const declaration = JSON.stringify(schedule);
    if (records.get("declared", key)?.["declaration"] !== declaration) {
      records.put("schedule", key, completeSchedule(schedule, records.get("schedule", key)));
      records.put("declared", key, { declaration });
    }
  }
  return new Set(plan.schedules.map(keyOf));
}

/** Functions and queues are what a schedule can reach here. */
function targetOf(host: FunctionHost, sqs: SQSClient, plan: Plan): Target {
  const send = async (arn: string, body: string, attributes: Readonly<Record<string, string>>): Promise<void> => {
    const queue = plan.queues.find((one) => one.arn === arn);
    const named = Object.entries(attributes).map(([name, value]) => [name, { DataType: "String", StringValue: value || "-" }]);
    await sqs.send(
      new SendMessageCommand({ QueueUrl: queue?.url, MessageBody: body, MessageAttributes: Object.fromEntries(named) }),
    );
  };
  return {
    deliver: async (arn, input) => {
      if (arn.startsWith("arn:aws:sqs:")) {
        return send(arn, input, {}).then(
          () => true,
          () => false,
        );
      }
      return !("errorType" in (await host.invoke(functionNameOf(arn), input)));
    },
    giveUp: async (schedule, input) => {
      const target: JsonObject = objectOf(schedule["Target"]);
      const deadLetters = textOf(objectOf(target["DeadLetterConfig"])["Arn"]);
      if (deadLetters !== "") {
        await send(deadLetters, input, { SCHEDULE_ARN: textOf(schedule["Arn"]), TARGET_ARN: textOf(target["Arn"]) });
      }
    },
  };
}

async function wait(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
