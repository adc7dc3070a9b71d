/** Schedules of a deployment; their client is loaded when the first is made, for most commands make none. */
import type { OwnSchedules } from "../aws/own-schedules.ts";
import type { RecordTable } from "../aws/record-table.ts";
import type { ScheduleTarget } from "../aws/schedule-client.ts";
import type { StackOutputs } from "../contract/machine.ts";
import { Refusal } from "../core/failure.ts";
import type { Connection } from "./terminal.ts";

type Schedules = Pick<Connection, "reservations" | "crons" | "reservationSchedules" | "repeatSchedules">;

/** Whatever makes one throws `stack-unknown` for a stack of an older release. */
export function openSchedules(outputs: StackOutputs, table: RecordTable): Schedules {
  const open = async (): Promise<OwnSchedules> => {
    const target = targetOf(outputs);
    const { ownSchedules } = await import("../aws/own-schedules.ts");
    return ownSchedules(table, target);
  };
  return {
    reservations: {
      book: async (reservation) => await (await open()).reservations.book(reservation),
      dropBooking: async (reservation) => await (await open()).reservations.dropBooking(reservation),
    },
    crons: {
      keep: async (calendar) => await (await open()).crons.keep(calendar),
      drop: async (calendar) => await (await open()).crons.drop(calendar),
    },
    reservationSchedules: {
      make: async (reservation, now) => await (await open()).reservationSchedules.make(reservation, now),
      drop: async (reservation) => await (await open()).reservationSchedules.drop(reservation),
    },
    repeatSchedules: {
      keep: async (repeat) => await (await open()).repeatSchedules.keep(repeat),
      drop: async (repeat) => await (await open()).repeatSchedules.drop(repeat),
    },
  };
}

function targetOf(outputs: StackOutputs): ScheduleTarget {
  const { ScheduleGroup: group, SchedulerRoleArn: roleArn, FanOutArn: fanOutArn, LostEventsDlqArn: lostEventsArn } = outputs;
  if (group !== undefined && roleArn !== undefined && fanOutArn !== undefined && lostEventsArn !== undefined) {
    return { group, roleArn, fanOutArn, lostEventsArn };
  }
  const what = "the stack lacks one of the outputs ScheduleGroup, SchedulerRoleArn, FanOutArn and LostEventsDlqArn";
  throw new Refusal("stack-unknown", `${what}, wanted those of this release`, "deploy it again with: npm run deploy");
}
