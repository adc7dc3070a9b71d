/** What one of our schedules calls for: a reservation, a cron calendar's turn, a task that was put off, or a download that repeats. */
import type { RepeatCall } from "../contract/repeat.ts";
import type { CronCall, OwnTurn, ReservationCall } from "../contract/task.ts";
import type { CreateContext } from "./create-calendar.ts";
import { takeRepeat } from "./repeat-download.ts";
import { sendCronTurn } from "./send-cron-turn.ts";
import type { SendCronPorts } from "./send-cron-turn.ts";
import { sendReservation } from "./send-reservation.ts";
import type { SendReservationPorts } from "./send-reservation.ts";
import { sendTurn } from "./send-turn.ts";

export type TakeCallPorts = SendCronPorts & SendReservationPorts;

/** How it ended, for the metrics. */
export async function takeCall(call: OwnTurn | CronCall | ReservationCall, ports: TakeCallPorts, now: Date): Promise<string> {
  if ("reservationId" in call) return await sendReservation(call, ports, now);
  return "dueAt" in call ? await sendCronTurn(call, ports, now) : await sendTurn(call, ports, now);
}

export async function takeOwnCall(
  call: OwnTurn | CronCall | ReservationCall | RepeatCall,
  ports: TakeCallPorts & Parameters<typeof takeRepeat>[1],
  context: CreateContext,
): Promise<string> {
  return "repeatId" in call ? await takeRepeat(call, ports, context) : await takeCall(call, ports, context.now());
}
