/** The minute's tick: sends the imports that are due. One calendar's own turn: sends that. */
import type { Context } from "aws-lambda";

import { createFanOutAdapters } from "../lib/aws/fan-out-adapters.ts";
import { FanOutEnv } from "../lib/contract/env.ts";
import { FanOutEvent } from "../lib/contract/task.ts";
import { readEnv } from "../lib/lambda/env.ts";
import { BatchLog } from "../lib/lambda/log.ts";
import { runTick } from "../lib/sync/run-tick.ts";
import { sendTurn } from "../lib/sync/send-turn.ts";

const env = readEnv(FanOutEnv);
const ports = createFanOutAdapters(env);
const log = new BatchLog({ service: "fan-out", stage: env.STAGE, level: env.LOG_LEVEL });
/** The claim ends with the function, a moment before it. */
const MARGIN_MS = 5000;

export const handler = async (input: unknown, context: Context): Promise<void> => {
  const event = FanOutEvent.parse(input);
  if ("calendarId" in event) {
    log.count(await sendTurn(event, ports, new Date()));
  } else {
    const deadline = new Date(Date.now() + context.getRemainingTimeInMillis() - MARGIN_MS);
    const { outcome, minutes, sent, waiting, paceExceeded } = await runTick(ports, { now: () => new Date(), deadline });
    log.note("tick ended", { outcome, minutes, sent, waiting, paceExceeded: JSON.stringify(paceExceeded) });
    const exceeded = Object.values(paceExceeded).reduce((sum, count) => sum + count, 0);
    for (const [name, count] of Object.entries({ [outcome]: 1, sent, waiting, "pace-exceeded": exceeded }))
      log.count(name, count);
  }
  log.publish();
};
