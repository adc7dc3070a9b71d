/** EventBridge Scheduler's group, the role that schedules assume, and who may make one-time schedules. */
import { ArnFormat, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { Policy, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { ScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

const MAKING_AND_KEEPING = ["Create", "Get", "Update", "Delete"].map((verb) => `scheduler:${verb}Schedule`);

export interface SchedulesProps {
  /** Where an event goes that Scheduler could not deliver. */
  readonly lostEvents: Queue;
}

export class Schedules extends Construct {
  readonly group: ScheduleGroup;
  /** For the tick, and for the schedules that Calferry makes itself: one-off and custom times. */
  readonly role: Role;
  private readonly lostEvents: Queue;

  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    this.lostEvents = props.lostEvents;
    // Schedules are made from records and have no target without the stack.
    this.group = new ScheduleGroup(this, "Group", { removalPolicy: RemovalPolicy.DESTROY });
    this.role = new Role(this, "Role", { assumedBy: new ServicePrincipal("scheduler.amazonaws.com") });
  }

  /** What who makes a schedule finds in its environment. */
  environment(): { readonly SCHEDULE_GROUP: string; readonly SCHEDULER_ROLE_ARN: string; readonly LOST_EVENTS_ARN: string } {
    return {
      SCHEDULE_GROUP: this.group.scheduleGroupName,
      SCHEDULER_ROLE_ARN: this.role.roleArn,
      LOST_EVENTS_ARN: this.lostEvents.queueArn,
    };
  }

  /**
   * A policy of its own: fan-out makes schedules too and names the role, so that a role that named fan-out would close a circle. Written
   * out, for the target's own grant would allow every version of the function, with a wildcard.
   */
  call(fanOut: IFunction): Policy {
    return new Policy(this, "Deliver", {
      roles: [this.role],
      statements: [
        new PolicyStatement({ actions: ["lambda:InvokeFunction"], resources: [fanOut.functionArn] }),
        new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [this.lostEvents.queueArn] }),
      ],
    });
  }

  /** The function may make one-time schedules of the group, which delete themselves, and have them assume the role. */
  grantMaking(maker: IFunction): void {
    this.grant(maker, ["scheduler:CreateSchedule"]);
  }

  /** It may keep those of cron calendars and reservations as well: make, change and remove them. */
  grantKeeping(maker: IFunction): void {
    this.grant(maker, MAKING_AND_KEEPING);
  }

  private grant(maker: IFunction, actions: readonly string[]): void {
    const inGroup = Stack.of(this).formatArn({
      service: "scheduler",
      resource: "schedule",
      resourceName: `${this.group.scheduleGroupName}/*`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    maker.addToRolePolicy(new PolicyStatement({ actions: [...actions], resources: [inGroup] }));
    maker.addToRolePolicy(new PolicyStatement({ actions: ["iam:PassRole"], resources: [this.role.roleArn] }));
    if (maker.role === undefined) return;
    Validations.of(maker.role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/${this.group.scheduleGroupName}/*]`,
      reason: "A one-time schedule is named by its task, which nobody knows beforehand; the group holds nothing else.",
    });
  }
}
