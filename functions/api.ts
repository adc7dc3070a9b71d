/** /v1 for owners and operators. */
import { createApiAdapters } from "../lib/aws/api-adapters.ts";
import { randomBytes, randomId } from "../lib/aws/random-id.ts";
import { createApp } from "../lib/api/app.ts";
import { createHandler } from "../lib/api/lambda-handler.ts";
import { ApiEnv } from "../lib/contract/env.ts";
import { readEnv } from "../lib/lambda/env.ts";
import { BatchLog } from "../lib/lambda/log.ts";

const env = readEnv(ApiEnv);
const log = new BatchLog({ service: "api", stage: env.STAGE, level: env.LOG_LEVEL });

export const handler = createHandler(
  createApp({
    ...createApiAdapters(env),
    now: () => new Date(),
    newId: randomId,
    randomBytes,
    reportFault: (error) => {
      log.fault(error, {});
      log.publish();
    },
  }),
);
