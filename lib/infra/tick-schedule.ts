/** EventBridge Scheduler: the group, the role that schedules assume, and the tick. */
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Schedule, ScheduleExpression, ScheduleGroup, ScheduleTargetInput, TimeWindow } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

/** No schedule tries longer: fan-out's cursor catches up on what was missed. */
const LONGEST_RETRY_MINUTES = 60;

export interface TickScheduleProps {
  readonly tickMinutes: number;
  readonly fanOut: IFunction;
  /** Where an event goes that Scheduler could not deliver. */
  readonly lostEvents: Queue;
}

export class TickSchedule extends Construct {
  readonly group: ScheduleGroup;
  /** For the tick, and for the schedules that Calferry makes itself: one-off and custom times. */
  readonly role: Role;
  readonly schedule: Schedule;

  constructor(scope: Construct, id: string, props: TickScheduleProps) {
    super(scope, id);
    // Schedules are made from records and have no target without the stack.
    this.group = new ScheduleGroup(this, "Group", { removalPolicy: RemovalPolicy.DESTROY });
    // Written out: the target's own grant would allow every version of the function, with a wildcard.
    this.role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com"),
      inlinePolicies: {
        deliver: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [props.fanOut.functionArn] }),
            new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [props.lostEvents.queueArn] }),
          ],
        }),
      },
    });
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
    this.schedule.node.addDependency(this.group);
  }
}
