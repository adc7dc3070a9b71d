/** The tick, its retries, and what becomes of an event that cannot be delivered. */
import { Match } from "aws-cdk-lib/assertions";
import * as z from "zod";
import { describe, expect, it } from "vitest";

import { Arn, propertiesOf, synthesize } from "./synthesize.ts";

const Schedule = z.object({
  ScheduleExpression: z.string(),
  GroupName: z.string(),
  FlexibleTimeWindow: z.object({ Mode: z.string() }),
  Target: z.object({
    Arn,
    RoleArn: Arn,
    Input: z.string(),
    DeadLetterConfig: z.object({ Arn }),
    RetryPolicy: z.object({ MaximumEventAgeInSeconds: z.number(), MaximumRetryAttempts: z.number() }),
  }),
});

const Policy = z.object({
  PolicyDocument: z.object({ Statement: z.array(z.object({ Action: z.unknown(), Effect: z.string(), Resource: z.unknown() })) }),
  Roles: z.array(z.object({ Ref: z.string() })),
});

describe.each([
  { stage: "prod", tickMinutes: 1, rate: "rate(1 minute)" },
  { stage: "dev", tickMinutes: 5, rate: "rate(5 minutes)" },
  { stage: "slow", tickMinutes: 10, rate: "rate(10 minutes)" },
])("schedules of stage $stage", ({ rate, ...values }) => {
  const template = synthesize(values);
  const schedules = [...propertiesOf(template, "AWS::Scheduler::Schedule", Schedule).values()];

  it("the tick calls fan-out, on the minute", () => {
    expect(schedules).toHaveLength(1);
    expect(schedules[0]).toMatchObject({ ScheduleExpression: rate, FlexibleTimeWindow: { Mode: "OFF" } });
    expect(schedules[0]?.Target.Arn).toMatch(/^FanOutFunction/u);
    expect(JSON.parse(schedules[0]?.Target.Input ?? "")).toEqual({ tick: true });
  });

  it("a schedule tries for at most two ticks and never longer than an hour", () => {
    for (const { Target } of schedules) {
      expect(Target.RetryPolicy.MaximumEventAgeInSeconds).toBeLessThanOrEqual(Math.min(2 * 60 * values.tickMinutes, 3600));
      // Scheduler refuses less than a minute.
      expect(Target.RetryPolicy.MaximumEventAgeInSeconds).toBeGreaterThanOrEqual(60);
      expect(Target.RetryPolicy.MaximumRetryAttempts).toBeLessThanOrEqual(2);
    }
  });

  it("an event that nobody could deliver is kept, whether Scheduler or Lambda gave it up", () => {
    for (const { Target } of schedules) expect(Target.DeadLetterConfig.Arn).toMatch(/^LostEventsQueue/u);
    const fanOut = z.object({ Description: z.string(), DeadLetterConfig: z.object({ TargetArn: Arn }).optional() });
    const keepers = [...propertiesOf(template, "AWS::Lambda::Function", fanOut)].filter(([, value]) => value.DeadLetterConfig);
    expect(keepers.map(([id, value]) => [id.slice(0, 6), value.DeadLetterConfig?.TargetArn.slice(0, 10)])).toEqual([
      ["FanOut", "LostEvents"],
    ]);
    template.hasResourceProperties("AWS::Lambda::EventInvokeConfig", { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 2 });
  });

  it("the group stands before the schedule that lies in it", () => {
    const [group] = propertiesOf(template, "AWS::Scheduler::ScheduleGroup", z.object({ Name: z.string() }));
    expect(schedules[0]?.GroupName).toBe(group?.[1].Name);
    template.hasResource("AWS::Scheduler::Schedule", { DependsOn: Match.arrayWith([group?.[0]]) });
  });

  it("schedules may call fan-out and nothing else", () => {
    const Role = z.object({ Policies: z.array(z.unknown()).default([]), AssumeRolePolicyDocument: z.unknown() });
    const roleId = schedules[0]?.Target.RoleArn ?? "";
    const role = propertiesOf(template, "AWS::IAM::Role", Role).get(roleId);
    expect(JSON.stringify(role?.AssumeRolePolicyDocument)).toContain("scheduler.amazonaws.com");
    expect(role?.Policies).toEqual([]);
    const fanOut = { "Fn::GetAtt": [schedules[0]?.Target.Arn, "Arn"] };
    const lostEvents = { "Fn::GetAtt": [schedules[0]?.Target.DeadLetterConfig.Arn, "Arn"] };
    const ofRole = [...propertiesOf(template, "AWS::IAM::Policy", Policy).values()].filter(
      ({ Roles }) => Roles[0]?.Ref === roleId,
    );
    expect(ofRole.map(({ PolicyDocument }) => PolicyDocument.Statement)).toEqual([
      [
        { Action: "lambda:InvokeFunction", Effect: "Allow", Resource: fanOut },
        { Action: "sqs:SendMessage", Effect: "Allow", Resource: lostEvents },
      ],
    ]);
  });

  it("who puts tasks off makes schedules in the group, called as the schedules' role; a worker keeps none", () => {
    const makers = [...propertiesOf(template, "AWS::IAM::Policy", Policy)].filter(([, policy]) =>
      JSON.stringify(policy).includes("scheduler:CreateSchedule"),
    );
    expect(makers.map(([id]) => id.replace(/RoleDefaultPolicy.*$/u, ""))).toEqual(["FanOut", "ImportCalendar", "Api"]);
    const keeping = ["Create", "Delete", "Get", "Update"].map((verb) => `scheduler:${verb}Schedule`);
    for (const [id, { PolicyDocument }] of makers) {
      const actions = PolicyDocument.Statement.filter(({ Action }) => JSON.stringify(Action).match(/scheduler:|iam:/u));
      expect(actions).toEqual([
        {
          Action: id.startsWith("ImportCalendar") ? "scheduler:CreateSchedule" : keeping,
          Effect: "Allow",
          Resource: expect.anything(),
        },
        { Action: "iam:PassRole", Effect: "Allow", Resource: { "Fn::GetAtt": [schedules[0]?.Target.RoleArn, "Arn"] } },
      ]);
      expect(JSON.stringify(actions[0]?.Resource)).toMatch(/:schedule\/.*\/\*"/u);
    }
  });
});
