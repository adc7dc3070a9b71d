import { join } from "node:path";

import { GetScheduleCommand, ListSchedulesCommand } from "@aws-sdk/client-scheduler";
import { afterAll, beforeAll, expect, test } from "vitest";

import { OneTimeSchedules } from "../../lib/aws/one-time-schedules.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import type { Reservation } from "../../lib/contract/reservation.ts";
import { scheduleName } from "../../lib/core/reservations.ts";
import { start } from "../../lib/local/machine.ts";
import type { Machine } from "../../lib/local/machine.ts";
import { startTable } from "../aws/engines.ts";
import type { TableEngine } from "../aws/engines.ts";
import { temporaryFolder, writeAssembly } from "./assembly.ts";
import { clientsOf, take } from "./clients.ts";
import type { Clients } from "./clients.ts";

const folder = temporaryFolder();
let machine: Machine;
let clients: Clients;
let engine: TableEngine;
let table: RecordTable;
let schedules: OneTimeSchedules;

beforeAll(async () => {
  [engine, machine] = await Promise.all([
    startTable(),
    start({ dir: join(folder.path, "state"), port: 0, ticks: "manual", assembly: writeAssembly(folder.path) }),
  ]);
  clients = clientsOf(machine);
  table = new RecordTable("records", engine.settings);
  const target = {
    group: "ticks",
    roleArn: "arn:aws:iam::000000000000:role/scheduler",
    fanOutArn: machine.outputs["WorkerArn"] ?? "",
    lostEventsArn: "arn:aws:sqs:us-east-1:000000000000:lost",
  };
  const settings = { ...engine.settings, endpoint: machine.env["AWS_ENDPOINT_URL_SCHEDULER"] ?? "" };
  schedules = new OneTimeSchedules(table, target, settings);
});
afterAll(async () => {
  await Promise.all([machine.stop(), engine.stop()]);
  folder.remove();
});

function reservationOf(taskId: string, dueInMs: number): Reservation {
  const dueAt = new Date(Math.ceil((Date.now() + dueInMs) / 1000) * 1000).toISOString();
  return { version: 1, taskId, calendarId: "c", ownerId: "owner", reason: "sync-now", dueAt, bookings: 1 };
}

test("a task that was put off has its record and one schedule, also where it is booked twice", async () => {
  const reservation = reservationOf("2026-05-06T01:00:00.000Z~far", 3_600_000);
  await schedules.book(reservation);
  await schedules.book({ ...reservation, dueAt: "2099-01-01T00:00:00.000Z" });
  const Name = scheduleName(reservation);
  const made = await clients.scheduler.send(new GetScheduleCommand({ GroupName: "ticks", Name }));
  expect(made).toMatchObject({
    ScheduleExpression: `at(${reservation.dueAt.slice(0, 19)})`,
    ActionAfterCompletion: "DELETE",
    FlexibleTimeWindow: { Mode: "OFF" },
    Target: {
      DeadLetterConfig: { Arn: "arn:aws:sqs:us-east-1:000000000000:lost" },
      RetryPolicy: { MaximumRetryAttempts: 60 },
    },
  });
  const key = { pk: `RESERVATION#${reservation.taskId}`, sk: "META" };
  expect(await table.get(key)).toMatchObject({ ownerId: "owner", bookings: 1 });
  await schedules.end(reservation.taskId, 2);
  expect(await table.get(key)).toBeDefined();
  await schedules.end(reservation.taskId, 1);
  expect(await table.get(key)).toBeUndefined();
});

test("it calls fan-out with the task at its time, and is gone", async () => {
  const reservation = { ...reservationOf("soon", 0), startAt: "2026-05-06T01:00:00.000Z", replayOf: "letter" };
  await schedules.book(reservation);
  const seen = await take(clients.sqs, machine.outputs["SeenUrl"], (text) => {
    const { event } = JSON.parse(text);
    return event?.taskId === "soon" ? event : undefined;
  });
  const { calendarId, taskId, reason, startAt, replayOf, bookings } = reservation;
  expect(seen).toEqual({ calendarId, taskId, reason, startAt, replayOf, bookings });
  await expect
    .poll(async () => {
      const { Schedules: left = [] } = await clients.scheduler.send(new ListSchedulesCommand({ GroupName: "ticks" }));
      return left.map(({ Name }) => Name);
    })
    .not.toContain(scheduleName(reservation));
});
