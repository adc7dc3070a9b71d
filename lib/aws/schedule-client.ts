/** EventBridge schedules that call fan-out: made, kept and dropped by name; each tries for an hour and then tells of what was lost. */
import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import type { CreateScheduleCommandInput } from "@aws-sdk/client-scheduler";

import { clientConfig, rethrowFrom } from "./try-again.ts";
import type { ClientSettings } from "./try-again.ts";

/** Where schedules are made, what they call, and as whom. */
export type ScheduleTarget = {
  readonly group: string;
  readonly roleArn: string;
  readonly fanOutArn: string;
  /** Receives the event that Scheduler could not deliver. */
  readonly lostEventsArn: string;
};

/** `zone` is UTC where it is absent; `once` deletes itself. */
export type WantedSchedule = {
  readonly name: string;
  readonly expression: string;
  readonly zone?: string;
  readonly input: string;
  readonly description?: string;
  readonly once?: "delete";
};

/** Fan-out is away for an hour at most before somebody has to know of it. */
const RETRY = { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 60 } as const;

export class ScheduleClient {
  private readonly target: ScheduleTarget;
  private readonly client: SchedulerClient;

  constructor(target: ScheduleTarget, settings: ClientSettings = {}) {
    this.target = target;
    this.client = new SchedulerClient(clientConfig(settings));
    this.client.middlewareStack.add((next) => (args) => next(args).catch(rethrowFrom("Scheduler")), { step: "initialize" });
  }

  /** `there`: one of this name is, and was left as it is. */
  async make(wanted: WantedSchedule): Promise<"made" | "there"> {
    return await this.client.send(new CreateScheduleCommand(this.inputOf(wanted))).then(
      () => "made" as const,
      (error: unknown) => answerTo(error, "ConflictException", "there" as const),
    );
  }

  /** Makes it, or makes the one of this name say the same; one that is switched off stays off. */
  async keep(wanted: WantedSchedule): Promise<void> {
    if ((await this.make(wanted)) === "made") return;
    const place = { Name: wanted.name, GroupName: this.target.group };
    const {
      ScheduleExpression,
      ScheduleExpressionTimezone: zone,
      State,
      Target,
    } = await this.client.send(new GetScheduleCommand(place));
    const isSame =
      ScheduleExpression === wanted.expression && (zone ?? "UTC") === (wanted.zone ?? "UTC") && Target?.Input === wanted.input;
    if (!isSame) await this.client.send(new UpdateScheduleCommand({ ...this.inputOf(wanted), ...(State ? { State } : {}) }));
  }

  async drop(name: string): Promise<void> {
    await this.client
      .send(new DeleteScheduleCommand({ Name: name, GroupName: this.target.group }))
      .catch((error: unknown) => answerTo(error, "ResourceNotFoundException", undefined));
  }

  private inputOf({ name, expression, zone, input, description, once }: WantedSchedule): CreateScheduleCommandInput {
    const { group, roleArn, fanOutArn, lostEventsArn } = this.target;
    return {
      GroupName: group,
      Name: name,
      ScheduleExpression: expression,
      ...(zone === undefined ? {} : { ScheduleExpressionTimezone: zone }),
      ...(description === undefined ? {} : { Description: description }),
      FlexibleTimeWindow: { Mode: "OFF" },
      ...(once === "delete" ? { ActionAfterCompletion: "DELETE" } : {}),
      Target: {
        Arn: fanOutArn,
        RoleArn: roleArn,
        Input: input,
        DeadLetterConfig: { Arn: lostEventsArn },
        RetryPolicy: RETRY,
      },
    };
  }
}

/** `at(...)`: without a zone it is UTC; Scheduler takes whole seconds. */
export function atExpression(instant: string): string {
  return `at(${instant.slice(0, "2026-05-06T01:00:00".length)})`;
}

function answerTo<Answer>(error: unknown, name: string, answer: Answer): Answer {
  if (error instanceof Error && error.name === name) return answer;
  throw error;
}
