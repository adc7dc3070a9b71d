import { join } from "node:path";

import { GetScheduleCommand, ListSchedulesCommand, UpdateScheduleCommand } from "@aws-sdk/client-scheduler";
import type { GetScheduleCommandOutput } from "@aws-sdk/client-scheduler";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { CronSchedules } from "../../lib/aws/cron-schedules.ts";
import { OwnersReservationTable } from "../../lib/aws/owners-reservation-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import { ReservationSchedules } from "../../lib/aws/reservation-schedules.ts";
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { OwnersReservation } from "../../lib/contract/owners-reservation.ts";
import { CronCall } from "../../lib/contract/task.ts";
import { newCalendar } from "../../lib/core/registry.ts";
import { cancelReservation } from "../../lib/sync/cancel-reservation.ts";
import { moveReservation } from "../../lib/sync/move-reservation.ts";
import type { ReservationPorts } from "../../lib/sync/make-reservation.ts";
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
let crons: CronSchedules;
let ports: ReservationPorts;

beforeAll(async () => {
  [engine, machine] = await Promise.all([
    startTable(),
    start({ dir: join(folder.path, "state"), port: 0, ticks: "manual", assembly: writeAssembly(folder.path) }),
  ]);
  clients = clientsOf(machine);
  const target = {
    group: "ticks",
    roleArn: "arn:aws:iam::000000000000:role/scheduler",
    fanOutArn: machine.outputs["WorkerArn"] ?? "",
    lostEventsArn: "arn:aws:sqs:us-east-1:000000000000:lost",
  };
  const settings = { ...engine.settings, endpoint: machine.env["AWS_ENDPOINT_URL_SCHEDULER"] ?? "" };
  crons = new CronSchedules(target, settings);
  ports = {
    ownersReservations: new OwnersReservationTable(new RecordTable("records", engine.settings)),
    reservationSchedules: new ReservationSchedules(target, settings),
  };
});
afterAll(async () => {
  await Promise.all([machine.stop(), engine.stop()]);
  folder.remove();
});

function cronCalendar(expression: string, zone = "Asia/Seoul"): Calendar {
  const schedule = { kind: "cron", expression, zone };
  const source = { kind: "url", url: "https://host.example/calendar.ics" };
  return newCalendar(CalendarDraft.parse({ source, ownerId: "team", schedule }), "cal1", "2026-05-06T01:00:00.000Z").calendar;
}

async function read(Name: string): Promise<GetScheduleCommandOutput> {
  return await clients.scheduler.send(new GetScheduleCommand({ GroupName: "ticks", Name }));
}

async function names(): Promise<(string | undefined)[]> {
  const { Schedules: schedules = [] } = await clients.scheduler.send(new ListSchedulesCommand({ GroupName: "ticks" }));
  return schedules.map(({ Name: name }) => name);
}

/** Makes the schedule due now, as if its time had come. */
async function makeDue(Name: string): Promise<void> {
  const { $metadata: _answer, Arn: _arn, CreationDate: _made, LastModificationDate: _moved, ...standing } = await read(Name);
  const { FlexibleTimeWindow, Target } = standing;
  const now = new Date().toISOString().slice(0, "2026-05-06T01:00:00".length);
  const update = { ...standing, Name, GroupName: "ticks", FlexibleTimeWindow, Target, ScheduleExpression: `at(${now})` };
  await clients.scheduler.send(new UpdateScheduleCommand({ ...update, ScheduleExpressionTimezone: "UTC" }));
}

function reservation(reservationId: string, fields: Partial<OwnersReservation> = {}): OwnersReservation {
  return {
    version: 1,
    reservationId,
    ownerId: "team",
    target: { kind: "sync", calendarId: "cal1" },
    at: new Date(Math.floor(Date.now() / 1000 + 3600) * 1000).toISOString(),
    revision: 1,
    state: "waiting",
    createdAt: new Date().toISOString(),
    ...fields,
  };
}

async function reserved(reservationId: string): Promise<OwnersReservation> {
  const made = reservation(reservationId);
  await ports.ownersReservations.put(made);
  await ports.reservationSchedules.make(made, new Date());
  return made;
}

describe("the schedule of a cron calendar", () => {
  test("is EventBridge's expression in its zone, with dead letters and an hour of tries", async () => {
    await crons.keep(cronCalendar("0 9 * * 1-5"));
    expect(await read("team.cal1")).toMatchObject({
      ScheduleExpression: "cron(0 9 ? * MON,TUE,WED,THU,FRI *)",
      ScheduleExpressionTimezone: "Asia/Seoul",
      State: "ENABLED",
      Target: {
        DeadLetterConfig: { Arn: "arn:aws:sqs:us-east-1:000000000000:lost" },
        RetryPolicy: { MaximumRetryAttempts: 60 },
      },
    });
  });

  test("is made to say what the calendar says, and one that is switched off stays off", async () => {
    const { $metadata: _answer, ...standing } = await read("team.cal1");
    const { FlexibleTimeWindow, Target, ScheduleExpression } = standing;
    const off = {
      Name: "team.cal1",
      GroupName: "ticks",
      FlexibleTimeWindow,
      Target,
      ScheduleExpression,
      State: "DISABLED" as const,
    };
    await clients.scheduler.send(new UpdateScheduleCommand(off));
    await crons.keep(cronCalendar("30 6 * * *", "Europe/Berlin"));
    expect(await read("team.cal1")).toMatchObject({
      ScheduleExpression: "cron(30 6 * * ? *)",
      ScheduleExpressionTimezone: "Europe/Berlin",
      State: "DISABLED",
    });
  });

  test("calls fan-out with the instant that it was due at", async () => {
    const { $metadata: _answer, ...standing } = await read("team.cal1");
    const { FlexibleTimeWindow, Target, ScheduleExpression } = standing;
    const on = {
      Name: "team.cal1",
      GroupName: "ticks",
      FlexibleTimeWindow,
      Target,
      ScheduleExpression,
      State: "ENABLED" as const,
    };
    await clients.scheduler.send(new UpdateScheduleCommand(on));
    await makeDue("team.cal1");
    const seen = await take(clients.sqs, machine.outputs["SeenUrl"], (text) => CronCall.safeParse(JSON.parse(text).event).data);
    expect(seen).toMatchObject({ calendarId: "cal1", ownerId: "team", reason: "cron" });
    expect(seen.dueAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u);
    expect(Math.abs(Date.parse(seen.dueAt) - Date.now())).toBeLessThan(60_000);
  });

  test("is dropped once, and once more does no harm", async () => {
    for (let times = 0; times < 2; times += 1) await crons.drop({ ownerId: "team", calendarId: "cal1" });
    expect(await names()).not.toContain("team.cal1");
  });
});

describe("a reservation on one machine", () => {
  test("is kept, listed by its time, and fires as its id and revision", async () => {
    const made = await reserved("early");
    const later = reservation("later", { at: "2027-01-01T00:00:00.000Z" });
    await ports.ownersReservations.put(later);
    const first = await ports.ownersReservations.list("team", { limit: 1, cursor: undefined });
    const second = await ports.ownersReservations.list("team", { limit: 1, cursor: first.cursor });
    expect([...first.items, ...second.items]).toEqual([made, later]);
    await makeDue("team.early.1");
    const seen = await take(clients.sqs, machine.outputs["SeenUrl"], (text) => {
      const { event } = JSON.parse(text);
      return event?.reservationId === "early" ? event : undefined;
    });
    expect(seen).toEqual({ reservationId: "early", revision: 1 });
    await expect.poll(names).not.toContain("team.early.1");
  });

  test("is moved: its new schedule stands, its old one is gone; and cancelled: no schedule is left", async () => {
    const { reservationId } = await reserved("moved");
    const at = new Date(Math.floor(Date.now() / 1000 + 7200) * 1000).toISOString();
    await moveReservation(reservationId, at, ports, new Date());
    expect(await names()).toEqual(expect.arrayContaining(["team.moved.2"]));
    expect(await names()).not.toContain("team.moved.1");
    expect((await read("team.moved.2")).ScheduleExpression).toBe(`at(${at.slice(0, 19)})`);
    await cancelReservation(reservationId, ports, new Date());
    expect(await names()).not.toContain("team.moved.2");
    expect(await ports.ownersReservations.load(reservationId)).toMatchObject({ state: "cancelled", revision: 2 });
  });

  test("is changed by one of two that read the same, and its end is noted beside it", async () => {
    const read1 = await reserved("raced");
    const wins = await Promise.all([
      ports.ownersReservations.change({ ...read1, state: "sent", taskId: "t" }, read1),
      ports.ownersReservations.change({ ...read1, state: "cancelled" }, read1),
    ]);
    expect(wins.filter(Boolean)).toHaveLength(1);
    await ports.ownersReservations.end("raced", { status: "exported", at: read1.at });
    await ports.ownersReservations.end("nobody", { status: "exported", at: read1.at });
    expect(await ports.ownersReservations.load("raced")).toMatchObject({ ended: { status: "exported" } });
    expect(await ports.ownersReservations.load("nobody")).toBeUndefined();
  });
});
