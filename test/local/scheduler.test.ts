import { join } from "node:path";

import {
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import type { CreateScheduleCommandInput } from "@aws-sdk/client-scheduler";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { start } from "../../lib/local/machine.ts";
import type { Machine } from "../../lib/local/machine.ts";
import { temporaryFolder, writeAssembly } from "./assembly.ts";
import { clientsOf, take } from "./clients.ts";
import type { Clients } from "./clients.ts";

const folder = temporaryFolder();
let machine: Machine;
let clients: Clients;

async function startMachine(): Promise<void> {
  machine = await start({ dir: join(folder.path, "state"), port: 0, ticks: "manual", assembly: writeAssembly(folder.path) });
  clients = clientsOf(machine);
}

beforeAll(startMachine);
afterAll(async () => {
  await machine.stop();
  folder.remove();
});

function wanted(name: string, expression: string, input: object = {}): CreateScheduleCommandInput {
  return {
    Name: name,
    ScheduleExpression: expression,
    FlexibleTimeWindow: { Mode: "OFF" },
    Target: {
      Arn: machine.outputs["WorkerArn"],
      RoleArn: "arn:aws:iam::000000000000:role/any",
      Input: JSON.stringify({ name, ...input }),
    },
  };
}

/** `at` in whole seconds, from now. */
function at(fromNowMs: number): string {
  return `at(${new Date(Date.now() + fromNowMs).toISOString().slice(0, 19)})`;
}

async function fired(name: string): Promise<{ name: string }> {
  return take(clients.sqs, machine.outputs["SeenUrl"], (text) => {
    const { event } = JSON.parse(text);
    return event?.name === name ? event : undefined;
  });
}

async function names(): Promise<(string | undefined)[]> {
  const { Schedules: schedules = [] } = await clients.scheduler.send(new ListSchedulesCommand({ GroupName: "default" }));
  return schedules.map(({ Name: name }) => name);
}

describe("the calls of EventBridge Scheduler", () => {
  test("a schedule is created, read, changed, listed and deleted", async () => {
    const { scheduler } = clients;
    const { ScheduleArn: arn } = await scheduler.send(
      new CreateScheduleCommand({ ...wanted("daily", "cron(0 9 * * ? *)"), ScheduleExpressionTimezone: "Asia/Seoul" }),
    );
    expect(arn).toBe("arn:aws:scheduler:us-east-1:000000000000:schedule/default/daily");
    const read = await scheduler.send(new GetScheduleCommand({ Name: "daily" }));
    expect(read).toMatchObject({
      ScheduleExpressionTimezone: "Asia/Seoul",
      State: "ENABLED",
      GroupName: "default",
      ActionAfterCompletion: "NONE",
    });
    expect(read.CreationDate).toBeInstanceOf(Date);
    await scheduler.send(new UpdateScheduleCommand({ ...wanted("daily", "rate(2 hours)"), State: "DISABLED" }));
    expect(await scheduler.send(new GetScheduleCommand({ Name: "daily" }))).toMatchObject({
      State: "DISABLED",
      ScheduleExpression: "rate(2 hours)",
      ScheduleExpressionTimezone: "UTC",
      CreationDate: read.CreationDate,
    });
    const { Schedules: [summary] = [] } = await scheduler.send(new ListSchedulesCommand({ NamePrefix: "dai", MaxResults: 1 }));
    expect(summary).toMatchObject({ Name: "daily", Target: { Arn: machine.outputs["WorkerArn"] } });
    await scheduler.send(new DeleteScheduleCommand({ Name: "daily" }));
    expect(await names()).toEqual([]);
  });

  test("an unknown schedule or group, a doubled name and a bad expression are refused as AWS does", async () => {
    const { scheduler } = clients;
    await scheduler.send(new CreateScheduleCommand(wanted("once", "rate(1 day)")));
    await expect(scheduler.send(new CreateScheduleCommand(wanted("once", "rate(1 day)")))).rejects.toMatchObject({
      name: "ConflictException",
      $metadata: { httpStatusCode: 409 },
    });
    const unknown = { name: "ResourceNotFoundException", $metadata: { httpStatusCode: 404 } };
    await expect(scheduler.send(new GetScheduleCommand({ Name: "nobody" }))).rejects.toMatchObject(unknown);
    await expect(scheduler.send(new UpdateScheduleCommand(wanted("nobody", "rate(1 day)")))).rejects.toMatchObject(unknown);
    await expect(scheduler.send(new DeleteScheduleCommand({ Name: "nobody" }))).rejects.toMatchObject(unknown);
    await expect(
      scheduler.send(new CreateScheduleCommand({ ...wanted("lost", "rate(1 day)"), GroupName: "nowhere" })),
    ).rejects.toMatchObject(unknown);
    for (const expression of ["rate(0 minutes)", "cron(* * * * * *)", "every day", "at(2026-02-30T00:00:00)"]) {
      await expect(scheduler.send(new CreateScheduleCommand(wanted("bad", expression)))).rejects.toMatchObject({
        name: "ValidationException",
        $metadata: { httpStatusCode: 400 },
      });
    }
    await scheduler.send(new DeleteScheduleCommand({ Name: "once" }));
  });

  test("a group holds schedules and takes them along when it is deleted", async () => {
    const { scheduler } = clients;
    await scheduler.send(new CreateScheduleGroupCommand({ Name: "mine" }));
    await scheduler.send(new CreateScheduleCommand({ ...wanted("inside", "rate(1 day)"), GroupName: "mine" }));
    expect(await scheduler.send(new GetScheduleGroupCommand({ Name: "mine" }))).toMatchObject({ State: "ACTIVE" });
    const { ScheduleGroups: groups = [] } = await scheduler.send(new ListScheduleGroupsCommand({}));
    expect(groups.map(({ Name: name }) => name)).toEqual(["default", "ticks", "mine"]);
    await scheduler.send(new DeleteScheduleGroupCommand({ Name: "mine" }));
    await expect(scheduler.send(new GetScheduleCommand({ Name: "inside", GroupName: "mine" }))).rejects.toThrow("does not exist");
  });
});

describe("the clock", () => {
  test("a one-time schedule fires and removes itself", async () => {
    await clients.scheduler.send(new CreateScheduleCommand({ ...wanted("soon", at(1000)), ActionAfterCompletion: "DELETE" }));
    expect(await fired("soon")).toMatchObject({ name: "soon" });
    await expect.poll(names, { timeout: 5000 }).not.toContain("soon");
  });

  test("a rate fires at once and then waits for its period", async () => {
    await clients.scheduler.send(new CreateScheduleCommand(wanted("often", "rate(1 hour)")));
    expect(await fired("often")).toBeDefined();
    await clients.scheduler.send(new DeleteScheduleCommand({ Name: "often" }));
  });

  test("a firing that fails for good goes to the schedule's dead-letter queue", async () => {
    const { Target: target, ...rest } = wanted("doomed", at(0), { fail: true });
    const dead = { RetryPolicy: { MaximumRetryAttempts: 0 }, DeadLetterConfig: { Arn: machine.outputs["DeadArn"] } };
    await clients.scheduler.send(
      new CreateScheduleCommand({ ...rest, Target: { Arn: undefined, RoleArn: undefined, ...target, ...dead } }),
    );
    const letter = await take(clients.sqs, machine.outputs["ImportDlqUrl"], (text) =>
      text.includes("doomed") ? JSON.parse(text) : undefined,
    );
    expect(letter).toEqual({ name: "doomed", fail: true });
  });

  test("a one-time schedule whose time passed while the machine was off fires once at the next start", async () => {
    const disabled = { ...wanted("missed", at(-60_000)), State: "DISABLED" as const };
    await clients.scheduler.send(new CreateScheduleCommand(disabled));
    const { schedules } = machine.kept.state;
    const { "default/missed": missed } = schedules;
    if (missed !== undefined) schedules["default/missed"] = { ...missed, State: "ENABLED" };
    await machine.stop();
    await startMachine();
    expect(await fired("missed")).toBeDefined();
    await expect.poll(() => machine.kept.state.schedules["default/missed"]?.FiredMs, { timeout: 5000 }).toBeDefined();
    await machine.stop();
    await startMachine();
    await clients.scheduler.send(new CreateScheduleCommand(wanted("after", at(0))));
    const next = await take(clients.sqs, machine.outputs["SeenUrl"], (text) => JSON.parse(text).event?.name);
    expect(next).toBe("after");
  });

  test("a paused tick of the template stays paused over a restart", async () => {
    const name = machine.outputs["TickScheduleName"];
    await clients.scheduler.send(
      new UpdateScheduleCommand({ ...wanted(name ?? "", "rate(1 minute)"), GroupName: "ticks", State: "DISABLED" }),
    );
    await machine.stop();
    await startMachine();
    const tick = await clients.scheduler.send(new GetScheduleCommand({ Name: name, GroupName: "ticks" }));
    expect(tick.State).toBe("DISABLED");
  });
});
