/** GET | HEAD /f/{token}, GET /robots.txt: answers subscribers. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";

import { LinkTable } from "../lib/aws/link-table.ts";
import { ObjectClient } from "../lib/aws/object-client.ts";
import { RecordTable } from "../lib/aws/record-table.ts";
import { ServedObjects } from "../lib/aws/served-objects.ts";
import { ServeFeedEnv } from "../lib/contract/env.ts";
import { readEnv } from "../lib/lambda/env.ts";
import { feedRequestOf, httpAnswer, robotsAnswer, tokenOf } from "../lib/lambda/http-event.ts";
import { serveFeed } from "../lib/sync/serve-feed.ts";

const env = readEnv(ServeFeedEnv);
const ports = {
  links: new LinkTable(new RecordTable(env.TABLE_NAME)),
  objects: new ServedObjects(new ObjectClient(env.BUCKET_NAME)),
};

export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  if (event.rawPath === "/robots.txt") return robotsAnswer();
  return httpAnswer(await serveFeed(tokenOf(event), feedRequestOf(event), ports, new Date()));
};
