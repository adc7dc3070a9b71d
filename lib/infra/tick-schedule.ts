/** EventBridge Scheduler: the tick. */
import { Duration } from "aws-cdk-lib";
import type { Role } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Schedule, ScheduleExpression, ScheduleTargetInput, TimeWindow } from "aws-cdk-lib/aws-scheduler";
import type { ScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

import type { Schedules } from "./schedules.ts";

/** No schedule tries longer: fan-out's cursor catches up on what was missed. */
const LONGEST_RETRY_MINUTES = 60;

export interface TickScheduleProps {
  readonly tickMinutes: number;
  readonly fanOut: IFunction;
  /** Where an event goes that Scheduler could not deliver. */
  readonly lostEvents: Queue;
  readonly schedules: Schedules;
}

export class TickSchedule extends Construct {
  readonly group: ScheduleGroup;
  readonly role: Role;
  readonly schedule: Schedule;

  constructor(scope: Construct, id: string, props: TickScheduleProps) {
    super(scope, id);
    const { group, role } = props.schedules;
    this.group = group;
    this.role = role;
    const mayCall = props.schedules.call(props.fanOut);
    this.schedule = new Schedule(this, "Tick", {
      description: "Calferry's tick: fan-out sends the imports that are due",
      scheduleGroup: this.group,
      schedule: ScheduleExpression.rate(Duration.minutes(props.tickMinutes)),
      timeWindow: TimeWindow.off(),
      target: new LambdaInvoke(props.fanOut, {
        input: ScheduleTargetInput.fromObject({ tick: true }),
        role: this.role.withoutPolicyUpdates(),
        deadLetterQueue: props.lostEvents,
        maxEventAge: Duration.minutes(Math.min(2 * props.tickMinutes, LONGEST_RETRY_MINUTES)),
        retryAttempts: 2,
      }),
    });
    // The template names the group by its text, from which CloudFormation sees no order.
    this.schedule.node.addDependency(this.group, mayCall);
  }
}
