/** Everything the functions logged, read from CloudWatch Logs by its JSON protocol: no SDK client of it is among the dependencies. */
import * as z from "zod";

import { REGION } from "./deployment.ts";

const Groups = z.object({ logGroups: z.array(z.object({ logGroupName: z.string() })), nextToken: z.string().optional() });
const Events = z.object({ events: z.array(z.object({ message: z.string() })), nextToken: z.string().optional() });

/** Each line begins with its log group's name. */
export async function readLogs(endpoint: string): Promise<string> {
  const { logGroups } = Groups.parse(await ask(endpoint, "DescribeLogGroups", {}));
  const lines: string[] = [];
  for (const { logGroupName } of logGroups) {
    let nextToken: string | undefined;
    do {
      const page = Events.parse(await ask(endpoint, "FilterLogEvents", { logGroupName, nextToken }));
      lines.push(...page.events.map(({ message }) => `${logGroupName} ${message}`));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }
  return lines.join("\n");
}

async function ask(endpoint: string, action: string, body: unknown): Promise<unknown> {
  const credential = `Credential=test/20260101/${REGION}/logs/aws4_request`;
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": `Logs_20140328.${action}`,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=none`,
  };
  const answer = await fetch(endpoint, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${action} answered ${answer.status}: ${await answer.text()}, wanted 200`);
  return await answer.json();
}
