/** Alarms on what Calferry cannot say itself: that its ticks, its functions or its alerts do not work. */
import { Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { IMetric } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

import type { Parts } from "./parts.ts";

const FIVE_MINUTES = Duration.minutes(5);

/** Headings of docs/runbook.md; the description of each alarm names one. */
type RunbookHeading = "alerting-broken" | "ticks-missing" | "function-failing" | "function-throttled" | "tasks-waiting";

interface AlarmRule {
  readonly heading: RunbookHeading;
  /** One sentence: what is wrong. */
  readonly says: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** Periods of the metric in a row. */
  readonly periods: number;
  /** @default at or above the threshold; no data is fine */
  readonly when?: "below-or-no-data";
}

export interface AlarmsProps {
  readonly parts: Parts;
  readonly functions: Readonly<Record<string, IFunction>> & { readonly FanOut: IFunction };
  readonly tickMinutes: number;
}

export class Alarms extends Construct {
  private readonly action: SnsAction;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { imports, urgent, exports, downloads, lostEvents, alerts } = props.parts;
    this.action = new SnsAction(alerts.topic);
    this.watchTicks(props.functions.FanOut, props.tickMinutes);
    const queues = { Import: imports, Urgent: urgent, Export: exports, Download: downloads };
    for (const [name, { queue, deadLetters }] of Object.entries(queues)) {
      this.watchTasks(name, queue);
      this.watchDeadLetters(name, deadLetters);
    }
    this.watchDeadLetters("LostEvents", lostEvents.queue);
    for (const [name, lambda] of Object.entries(props.functions)) this.watchFunction(name, lambda);
  }

  private watchTicks(fanOut: IFunction, tickMinutes: number): void {
    const minutes = Math.max(10, 3 * tickMinutes);
    this.add("TicksMissing", {
      heading: "ticks-missing",
      says: `fan-out did not run for ${minutes} minutes, so nothing is imported`,
      metric: fanOut.metricInvocations({ period: Duration.minutes(minutes), statistic: "Sum" }),
      threshold: 1,
      periods: 1,
      when: "below-or-no-data",
    });
  }

  /** The alert function empties these queues within seconds. */
  private watchDeadLetters(name: string, queue: IQueue): void {
    this.add(`${name}DeadLetterAge`, {
      heading: "alerting-broken",
      says: `a dead letter of ${name} has waited for five minutes, so people do not hear of failures`,
      metric: queue.metricApproximateAgeOfOldestMessage({ period: FIVE_MINUTES, statistic: "Maximum" }),
      // Below three visibility timeouts: SQS leaves a message received more than three times out of this metric.
      threshold: 300,
      periods: 1,
    });
    this.add(`${name}DeadLetterDepth`, {
      heading: "alerting-broken",
      says: `dead letters of ${name} were waiting in each of three periods, so people do not hear of failures`,
      metric: queue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES, statistic: "Maximum" }),
      threshold: 1,
      periods: 3,
    });
  }

  private watchTasks(name: string, queue: IQueue): void {
    this.add(`${name}TasksWaiting`, {
      heading: "tasks-waiting",
      says: `a task of ${name} has waited for two hours; SQS keeps it for ten days`,
      metric: queue.metricApproximateAgeOfOldestMessage({ period: FIVE_MINUTES, statistic: "Maximum" }),
      threshold: 7200,
      periods: 3,
    });
  }

  /** Workers answer for each task, so an error of the function itself is a crash, a timeout or a wrong environment. */
  private watchFunction(name: string, lambda: IFunction): void {
    this.add(`${name}Errors`, {
      heading: "function-failing",
      says: `${name} failed as a whole in each of three periods`,
      metric: lambda.metricErrors({ period: FIVE_MINUTES, statistic: "Sum" }),
      threshold: 1,
      periods: 3,
    });
    this.add(`${name}Throttles`, {
      heading: "function-throttled",
      says: `${name} was refused for want of Lambda concurrency in each of three periods`,
      metric: lambda.metricThrottles({ period: FIVE_MINUTES, statistic: "Sum" }),
      threshold: 1,
      periods: 3,
    });
  }

  private add(id: string, rule: AlarmRule): void {
    const below = rule.when === "below-or-no-data";
    const alarm = new Alarm(this, id, {
      alarmDescription: `${rule.heading}: ${rule.says}; see docs/runbook.md#${rule.heading}`,
      metric: rule.metric,
      threshold: rule.threshold,
      evaluationPeriods: rule.periods,
      comparisonOperator: below ? ComparisonOperator.LESS_THAN_THRESHOLD : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: below ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(this.action);
    // Both metrics of a dead letter queue can fall while a message is still in it, so nothing says that it is well.
    if (rule.heading !== "alerting-broken") alarm.addOkAction(this.action);
  }
}
