/** Schedules and event source mappings of a stack, switched on and off. */
import { promisify } from "node:util";

import {
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from "@aws-sdk/client-lambda";
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient, UpdateScheduleCommand } from "@aws-sdk/client-scheduler";
import type { GetScheduleCommandOutput } from "@aws-sdk/client-scheduler";

import { callableInstant } from "../core/schedule-times.ts";
import type { Switch } from "../sync/pause-all.ts";
import { atExpression } from "./schedule-client.ts";
import { clientConfig, unavailable } from "./try-again.ts";
import type { ClientSettings } from "./try-again.ts";

/** The queues by what people call them; of each the ARN is asked for when it is needed. */
export type SwitchedQueues = {
  readonly imports: Readonly<Record<string, string>>;
  readonly deadLetters: Readonly<Record<string, string>>;
  /** ARN of a queue's url. */
  readonly arnOf: (queueUrl: string) => Promise<string>;
};
export type SwitchboardSettings = {
  readonly lambda?: ClientSettings;
  readonly scheduler?: ClientSettings;
  readonly nowMs?: () => number;
};

type Timing = Pick<GetScheduleCommandOutput, "ScheduleExpression" | "ScheduleExpressionTimezone">;

/** AWS takes up to a minute or so to switch a mapping; asked every second. */
const LOOKS = 120;
const LOOK_EVERY_MS = 1000;

const wait = promisify(setTimeout);

export class Switchboard {
  private readonly lambda: LambdaClient;
  private readonly scheduler: SchedulerClient;
  private readonly queues: SwitchedQueues;
  private readonly group: string;
  private readonly nowMs: () => number;

  constructor(queues: SwitchedQueues, group: string, settings: SwitchboardSettings = {}) {
    this.lambda = new LambdaClient(clientConfig(settings.lambda ?? {}));
    this.scheduler = new SchedulerClient(clientConfig(settings.scheduler ?? {}));
    this.queues = queues;
    this.group = group;
    this.nowMs = settings.nowMs ?? Date.now;
  }

  async schedules(): Promise<readonly Switch[]> {
    const found: Switch[] = [];
    let token: string | undefined;
    do {
      const next = token === undefined ? {} : { NextToken: token };
      const page = await this.scheduler.send(new ListSchedulesCommand({ GroupName: this.group, ...next }));
      for (const { Name: id = "", State: state } of page.Schedules ?? []) {
        found.push({ kind: "schedule", id, name: id, isOn: state !== "DISABLED" });
      }
      token = page.NextToken;
    } while (token !== undefined);
    return found;
  }

  async importSources(): Promise<readonly Switch[]> {
    return await this.sourcesOf(this.queues.imports);
  }

  async deadLetterSources(): Promise<readonly Switch[]> {
    return await this.sourcesOf(this.queues.deadLetters);
  }

  async turn(which: Switch, to: "on" | "off"): Promise<void> {
    await (which.kind === "schedule" ? this.turnSchedule(which.id, to) : this.turnSource(which, to));
  }

  private async sourcesOf(queues: Readonly<Record<string, string>>): Promise<Switch[]> {
    const found = await Promise.all(
      Object.entries(queues).map(async ([name, url]) => {
        const arn = await this.queues.arnOf(url);
        const { EventSourceMappings: mappings = [] } = await this.lambda.send(
          new ListEventSourceMappingsCommand({ EventSourceArn: arn }),
        );
        return mappings.map(({ UUID: id = "", State: state = "" }): Switch => {
          const isOn = state !== "Disabled" && state !== "Disabling";
          return { kind: "event-source", id, name, isOn };
        });
      }),
    );
    return found.flat();
  }

  /** A one-time schedule that was called since it was listed has deleted itself: there is nothing left to switch. */
  private async turnSchedule(name: string, to: "on" | "off"): Promise<void> {
    try {
      await this.updateSchedule(name, to);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "ResourceNotFoundException") throw error;
    }
  }

  /** An update replaces the whole schedule, so that it is read first. */
  private async updateSchedule(name: string, to: "on" | "off"): Promise<void> {
    const place = { Name: name, GroupName: this.group };
    const {
      $metadata: _answer,
      Arn: _arn,
      CreationDate: _made,
      LastModificationDate: _changed,
      ...schedule
    } = await this.scheduler.send(new GetScheduleCommand(place));
    const { ScheduleExpression, FlexibleTimeWindow, Target } = schedule;
    await this.scheduler.send(
      new UpdateScheduleCommand({
        ...schedule,
        ...place,
        ScheduleExpression: to === "on" ? notMissed(schedule, this.nowMs()) : ScheduleExpression,
        FlexibleTimeWindow,
        Target,
        State: to === "on" ? "ENABLED" : "DISABLED",
      }),
    );
  }

  /** A mapping that is on its way to another state refuses the change until it is there. */
  private async turnSource({ id: UUID, name }: Switch, to: "on" | "off"): Promise<void> {
    const wanted = to === "on" ? "Enabled" : "Disabled";
    let state = await this.askSource(UUID, to);
    for (let look = 0; look < LOOKS; look += 1) {
      if (state === wanted) return;
      await wait(LOOK_EVERY_MS);
      state = state === undefined ? await this.askSource(UUID, to) : await this.stateOf(UUID);
    }
    throw unavailable(
      `the event source of the ${name} queue was not ${wanted.toLowerCase()} after ${LOOKS} s, wanted it by then`,
    );
  }

  /** The state that AWS answers; undefined where the change has to be asked for again. */
  private async askSource(UUID: string, to: "on" | "off"): Promise<string | undefined> {
    try {
      return (await this.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: to === "on" }))).State ?? "Updating";
    } catch (error) {
      if (error instanceof Error && error.name === "ResourceInUseException") return undefined;
      throw error;
    }
  }

  private async stateOf(UUID: string): Promise<string> {
    return (await this.lambda.send(new GetEventSourceMappingCommand({ UUID }))).State ?? "Updating";
  }
}

/** The time of a one-time schedule that passed while it was off, or is about to, becomes the soonest one; ours are in UTC. */
function notMissed({ ScheduleExpression: expression = "", ScheduleExpressionTimezone: zone }: Timing, nowMs: number): string {
  const [, time] = /^at\((.*)\)$/u.exec(expression) ?? [];
  if (time === undefined || (zone ?? "UTC") !== "UTC") return expression;
  return atExpression(callableInstant(Date.parse(`${time}Z`), nowMs));
}
