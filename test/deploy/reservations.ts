/** Reservations and cron times on the deployed Scheduler: made, moved, cancelled, and fired while the test waits for its first tick. */
import * as z from "zod";

import { awaitUntil } from "./await-until.ts";
import { expect } from "./expect.ts";
import { findSchedule } from "./schedule.ts";
import { smallCalendar } from "./source-calendar.ts";
import { outputOf, SECRET, SOON_MS } from "./stage.ts";
import type { Life, Outputs, Stage } from "./stage.ts";

const PATH = `/${SECRET}/reserved.ics`;
/** A reservation is a minute away at least; made with the terminal, which takes its time. */
const AHEAD_MS = 75_000;
const HOUR_MS = 3_600_000;

const Reservation = z.object({ reservationId: z.string(), state: z.string(), outcome: z.string().optional() });
const Calendar = z.object({ calendarId: z.string() });

interface Place {
  readonly base: string;
  readonly outputs: Outputs;
}

interface Reserved {
  readonly reservationId: string;
  readonly calendarId: string;
}

/** A reservation that fires soon. */
export async function reserve(stage: Stage, life: Life, { base, outputs }: Place): Promise<Reserved> {
  const { steps, deployment, emulator, source } = stage;
  source.serve(PATH, smallCalendar("reserved"));
  const calendarId = await life.owner.addCalendar("reserved", `${base}${PATH}`);
  const group = outputOf(outputs, "ScheduleGroup");
  const expressionOf = async (name: string): Promise<string | undefined> =>
    (await findSchedule(emulator.endpoint, group, name))?.ScheduleExpression;
  const reservation = async (...args: readonly string[]): Promise<z.infer<typeof Reservation>> =>
    await deployment.calferry(Reservation, "reservation", ...args);
  await steps.take("a reservation that is moved has one schedule at its new time, a cancelled one has none", async () => {
    const { reservationId } = await reservation("make", "--calendar", calendarId, "--at", instant(HOUR_MS));
    const at = instant(2 * HOUR_MS);
    await reservation("move", reservationId, "--at", at);
    const seen = [await expressionOf(`default.${reservationId}.1`), await expressionOf(`default.${reservationId}.2`)].join();
    expect(seen === `,at(${at.slice(0, -1)})`, `the schedules say ${seen}, wanted none and at(${at.slice(0, -1)})`);
    const { state } = await reservation("cancel", reservationId);
    const left = await expressionOf(`default.${reservationId}.2`);
    expect(state === "cancelled" && left === undefined, `it is ${state} with ${left ?? "no schedule"}, wanted cancelled without`);
  });
  await steps.take("a cron calendar has a schedule in its zone, and takes it along when it is removed", async () => {
    const every = "0 9 * * 1-5 Europe/Berlin";
    const added = await deployment.calferry(Calendar, "calendar", "add", `${base}${PATH}`, "--every", every, "--no-sync");
    const name = `default.${added.calendarId}`;
    const schedule = await findSchedule(emulator.endpoint, group, name);
    const seen = `${schedule?.ScheduleExpression ?? "none"} in ${schedule?.ScheduleExpressionTimezone ?? "no zone"}`;
    const wanted = "cron(0 9 ? * MON,TUE,WED,THU,FRI *) in Europe/Berlin";
    expect(seen === wanted, `its schedule is ${seen}, wanted ${wanted}`);
    await deployment.calferry(Calendar, "calendar", "remove", added.calendarId);
    const left = await expressionOf(name);
    expect(left === undefined, `its schedule ${left ?? ""} is left, wanted none`);
  });
  const { reservationId } = await reservation("make", "--calendar", calendarId, "--at", instant(AHEAD_MS));
  return { reservationId, calendarId };
}

export async function expectReserved(
  { steps, deployment, signal }: Stage,
  { reservationId, calendarId }: Reserved,
): Promise<void> {
  await steps.take("a reservation fired by the deployed Scheduler is done: its calendar is imported", async () => {
    const what = { what: "the reservation is done", withinMs: AHEAD_MS + SOON_MS, signal };
    await awaitUntil(what, async (saw) => {
      const { state, outcome } = await deployment.calferry(Reservation, "reservation", "show", reservationId);
      saw(`state ${state}, outcome ${outcome ?? "none"}`);
      return state === "done" && outcome === "imported" ? true : undefined;
    });
    // What follows counts calendars and schedules.
    await deployment.calferry(Calendar, "calendar", "remove", calendarId);
  });
}

/** UTC, whole seconds. */
function instant(fromNowMs: number): string {
  return `${new Date(Date.now() + fromNowMs).toISOString().slice(0, "2026-05-06T01:00:00".length)}Z`;
}
