/** What one of our schedules calls for: a reservation, a cron calendar's turn, or a task that was put off. */
import type { CronCall, OwnTurn, ReservationCall } from "../contract/task.ts";
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
