/** One schedule as EventBridge Scheduler keeps it, read without our own code. */
import { GetScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import type { GetScheduleCommandOutput } from "@aws-sdk/client-scheduler";

import { REGION } from "./deployment.ts";

export interface KeptSchedule {
  readonly state: string;
  /** All else that is kept of it, but when it was last changed. */
  readonly rest: string;
}

export async function readSchedule(endpoint: string, group: string, name: string): Promise<KeptSchedule> {
  const client = new SchedulerClient({ endpoint, region: REGION, credentials: { accessKeyId: "test", secretAccessKey: "test" } });
  const answer = await client.send(new GetScheduleCommand({ GroupName: group, Name: name }));
  client.destroy();
  const { $metadata: _answer, State: state = "", LastModificationDate: _changed, ...rest } = answer;
  return { state, rest: JSON.stringify(rest) };
}

/** Undefined where there is none of that name. */
export async function findSchedule(
  endpoint: string,
  group: string,
  name: string,
): Promise<Pick<GetScheduleCommandOutput, "ScheduleExpression" | "ScheduleExpressionTimezone"> | undefined> {
  const client = new SchedulerClient({ endpoint, region: REGION, credentials: { accessKeyId: "test", secretAccessKey: "test" } });
  try {
    return await client.send(new GetScheduleCommand({ GroupName: group, Name: name }));
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}
