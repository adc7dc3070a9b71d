/** The minute's tick: sends the imports that are due, tends the alerts, mends. One calendar's own turn: sends that. */
import type { Context } from "aws-lambda";

import { createFanOutAdapters } from "../lib/aws/fan-out-adapters.ts";
import { randomId } from "../lib/aws/random-id.ts";
import { createTendAdapters } from "../lib/aws/tend-adapters.ts";
import { FanOutEnv } from "../lib/contract/env.ts";
import { FanOutEvent } from "../lib/contract/task.ts";
import { alertWebhooks } from "../lib/http/alert-webhook.ts";
import { pingDeadMan } from "../lib/http/ping-dead-man.ts";
import { readEnv } from "../lib/lambda/env.ts";
import { BatchLog } from "../lib/lambda/log.ts";
import { takeTick } from "../lib/lambda/take-tick.ts";
import { mendSegments } from "../lib/sync/mend-segments.ts";
import { runTick } from "../lib/sync/run-tick.ts";
import { takeOwnCall } from "../lib/sync/take-call.ts";
import { tellExcess } from "../lib/sync/tell-excess.ts";
import { tendAlerts } from "../lib/sync/tend-alerts.ts";

const env = readEnv(FanOutEnv);
const { ports, repeating, schedulesOf } = createFanOutAdapters(env);
const { alerting, mending } = createTendAdapters(env, alertWebhooks(env.ALERT_WEBHOOK));
const log = new BatchLog({ service: "fan-out", stage: env.STAGE, level: env.LOG_LEVEL });
const now = (): Date => new Date();

export const handler = async (input: unknown, context: Context): Promise<void> => {
  const event = FanOutEvent.parse(input);
  const schedules = schedulesOf(context.invokedFunctionArn);
  if (!("tick" in event)) {
    const calling = { ...repeating, ...ports, ...schedules };
    return log.called(event, await takeOwnCall(event, calling, { now, newId: randomId }));
  }
  await takeTick(context.getRemainingTimeInMillis(), log, {
    imports: async (deadline) => await runTick(ports, { now, deadline }),
    excess: async (exceeded) => await tellExcess(exceeded, { ...alerting, hosts: ports.hosts }, now()),
    alerts: async (deadline) => await tendAlerts(alerting, { now, deadline }),
    mending: async (minutes, deadline) => await mendSegments(minutes, { ...mending, ...schedules }, { now, deadline }),
    alive: async () => await pingDeadMan(env.DEAD_MAN_URL),
  });
};
