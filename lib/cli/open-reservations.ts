/** One-time schedules of a deployment; the client is loaded when the first is made, for most commands make none. */
import type { RecordTable } from "../aws/record-table.ts";
import type { StackOutputs } from "../contract/machine.ts";
import { Refusal } from "../core/failure.ts";
import type { BookPorts } from "../sync/book-task.ts";

/** Booking throws `stack-unknown` for a stack of an older release. */
export function openReservations(outputs: StackOutputs, table: RecordTable): BookPorts["reservations"] {
  return {
    book: async (reservation) => {
      const target = targetOf(outputs);
      const { OneTimeSchedules } = await import("../aws/one-time-schedules.ts");
      await new OneTimeSchedules(table, target).book(reservation);
    },
  };
}

function targetOf(outputs: StackOutputs): { group: string; roleArn: string; fanOutArn: string; lostEventsArn: string } {
  const { ScheduleGroup: group, SchedulerRoleArn: roleArn, FanOutArn: fanOutArn, LostEventsDlqArn: lostEventsArn } = outputs;
  if (group !== undefined && roleArn !== undefined && fanOutArn !== undefined && lostEventsArn !== undefined) {
    return { group, roleArn, fanOutArn, lostEventsArn };
  }
  const what = "the stack lacks one of the outputs ScheduleGroup, SchedulerRoleArn, FanOutArn and LostEventsDlqArn";
  throw new Refusal("stack-unknown", `${what}, wanted those of this release`, "deploy it again with: npm run deploy");
}
