/** Pause and resume with the real SDK clients against one machine. */
import { join } from "node:path";

import { CreateScheduleCommand, DeleteScheduleCommand, GetScheduleCommand } from "@aws-sdk/client-scheduler";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";

import { QueueClient } from "../../lib/aws/queue-client.ts";
import { Switchboard } from "../../lib/aws/switchboard.ts";
import type { ClientSettings } from "../../lib/aws/try-again.ts";
import type { Pause } from "../../lib/contract/pause.ts";
import { start } from "../../lib/local/machine.ts";
import type { Machine } from "../../lib/local/machine.ts";
import { pauseAll, resumeAll } from "../../lib/sync/pause-all.ts";
import { temporaryFolder, writeAssembly } from "./assembly.ts";
import { clientsOf, send, take } from "./clients.ts";

const folder = temporaryFolder();
let machine: Machine;
beforeAll(async () => {
  machine = await start({ dir: join(folder.path, "state"), port: 0, ticks: "manual", assembly: writeAssembly(folder.path) });
});
afterAll(async () => {
  await machine.stop();
  folder.remove();
});

function settings(service: string): ClientSettings {
  const endpoint = machine.env[`AWS_ENDPOINT_URL_${service}`] ?? "";
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  return { endpoint, region: machine.env["AWS_REGION"] ?? "", credentials };
}

test("a pause of everything disables the tick and the imports: a task waits untouched, and goes on after the resume", async () => {
  const { sqs } = clientsOf(machine);
  const queues = new QueueClient(settings("SQS"));
  const queueUrl = machine.outputs["ImportQueueUrl"] ?? "";
  const switches = new Switchboard(
    { imports: { import: queueUrl }, deadLetters: {}, arnOf: async (url) => await queues.arnOf(url) },
    "ticks",
    { lambda: settings("LAMBDA"), scheduler: settings("SCHEDULER") },
  );
  let stored: Pause | undefined;
  const pauses = {
    pause: async () => stored,
    putPause: async (pause: Pause) => void (stored = pause),
    endPause: async () => void (stored = undefined),
  };

  const paused = await pauseAll({ switches, pauses }, { at: "2026-05-06T01:00:00.000Z", who: "ann" });
  expect(paused.turned.map(({ kind }) => kind)).toEqual(["schedule", "event-source"]);
  expect([...(await switches.schedules()), ...(await switches.importSources())].every(({ isOn }) => !isOn)).toBe(true);
  expect(stored?.schedules).toEqual([machine.outputs["TickScheduleName"]]);

  await send(sqs, queueUrl, "patient");
  const names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"] as const;
  const { Attributes: depth = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...names] }),
  );
  expect([depth["ApproximateNumberOfMessages"], depth["ApproximateNumberOfMessagesNotVisible"]]).toEqual(["1", "0"]);

  const resumed = await resumeAll({ switches, pauses });
  expect(resumed?.turned).toHaveLength(2);
  expect([...(await switches.schedules()), ...(await switches.importSources())].every(({ isOn }) => isOn)).toBe(true);
  const received = await take(sqs, machine.outputs["SeenUrl"], (text) => {
    const { record } = JSON.parse(text);
    return record?.body === "patient" ? record : undefined;
  });
  // Nobody had received it while the pause lasted.
  expect(received.attributes.ApproximateReceiveCount).toBe("1");
});

test("a one-time schedule that deleted itself since it was listed stops no pause", async () => {
  const switches = new Switchboard({ imports: {}, deadLetters: {}, arnOf: async (url) => url }, "ticks", {
    scheduler: settings("SCHEDULER"),
  });
  const [tick] = await switches.schedules();
  const gone = { kind: "schedule", id: "ann.k3v0q8x2", name: "ann.k3v0q8x2", isOn: true } as const;
  const listed = { schedules: async () => (tick === undefined ? [] : [gone, tick]), turn: switches.turn.bind(switches) };
  const none = async () => [];
  const nothing = async () => undefined;
  const pauses = { pause: nothing, putPause: nothing, endPause: nothing };
  const ports = { switches: { ...listed, importSources: none, deadLetterSources: none }, pauses };
  await pauseAll(ports, { at: "2026-05-06T01:00:00.000Z", who: "ann" });
  expect((await switches.schedules()).map(({ isOn }) => isOn)).toEqual([false]);
  if (tick !== undefined) await switches.turn(tick, "on");
});

test("a one-time schedule whose time passed during the pause is called soon after it, one still to come keeps its time", async () => {
  const { scheduler } = clientsOf(machine);
  // Years away, so that the machine's own clock calls neither.
  const switches = new Switchboard({ imports: {}, deadLetters: {}, arnOf: async (url) => url }, "ticks", {
    scheduler: settings("SCHEDULER"),
    nowMs: () => Date.parse("2096-05-06T01:00:00.000Z"),
  });
  const turned = async (Name: string, time: string): Promise<string | undefined> => {
    const place = { GroupName: "ticks", Name };
    const Target = { Arn: "arn:aws:sqs:us-east-1:000000000000:any", RoleArn: "arn:aws:iam::000000000000:role/any" };
    const rest = { FlexibleTimeWindow: { Mode: "OFF" }, State: "DISABLED", Target } as const;
    await scheduler.send(new CreateScheduleCommand({ ...place, ...rest, ScheduleExpression: `at(${time})` }));
    await switches.turn({ kind: "schedule", id: Name, name: Name, isOn: false }, "on");
    const { ScheduleExpression, State } = await scheduler.send(new GetScheduleCommand(place));
    await scheduler.send(new DeleteScheduleCommand(place));
    return `${State} ${ScheduleExpression}`;
  };
  expect(await turned("missed", "2096-05-06T00:30:00")).toBe("ENABLED at(2096-05-06T01:01:00)");
  expect(await turned("ahead", "2096-05-06T02:00:00")).toBe("ENABLED at(2096-05-06T02:00:00)");
});
