import { describe, expect, test } from "vitest";

import { planMachine } from "../../lib/local/plan.ts";
import type { Plan } from "../../lib/local/plan.ts";
import { templateText } from "./assembly.ts";

const PLACE = { stackName: "Stack", queueEndpoint: "http://127.0.0.1:1", gatewayUrl: "http://127.0.0.1:2" };

function plan(changes: Readonly<Record<string, unknown>> = {}): Plan {
  return planMachine(templateText(changes), PLACE);
}

describe("a plan", () => {
  test("resolves references, joins and substitutions into one function's settings", () => {
    const [worker] = plan().functions;
    expect(worker).toMatchObject({
      name: "Stack-Worker",
      asset: "worker",
      timeoutMs: 1000,
      memoryMiB: 128,
      env: { SEEN_URL: "http://127.0.0.1:1/000000000000/Stack-Seen", STACK: "Stack!" },
    });
  });

  test("keeps each queue's timeout and dead letters", () => {
    const tasks = plan().queues.find(({ name }) => name === "Stack-Tasks");
    expect(tasks?.attributes).toEqual({
      VisibilityTimeout: "1",
      RedrivePolicy: '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:Stack-Dead","maxReceiveCount":2}',
    });
  });

  test("gives the HTTP API the machine's own address", () => {
    expect(plan().outputs["ApiUrl"]).toBe("http://127.0.0.1:2/");
    expect(plan().routes).toEqual([
      { routeKey: "GET /f/{token}", functionName: "Stack-Web" },
      { routeKey: "ANY /v1/{proxy+}", functionName: "Stack-Web" },
    ]);
  });

  test("selects, splits and substitutes with names of its own", () => {
    const name = { "Fn::Select": [1, { "Fn::Split": ["-", { "Fn::Sub": ["a-${Mine}${!Kept}", { Mine: "b" }] }] }] };
    const [, other] = plan({ Other: { Type: "AWS::Scheduler::ScheduleGroup", Properties: { Name: "plain" } } }).groups;
    expect(other).toBe("plain");
    const { schedules } = plan({ Named: schedule({ Description: name }) });
    expect(schedules.find((one) => one["Name"] === "Stack-Named")).toHaveProperty("Description", "b${Kept}");
  });

  test.each([
    ["an unknown type", { Fleet: { Type: "AWS::EC2::Fleet", Properties: {} } }, "the resource Fleet of type AWS::EC2::Fleet"],
    [
      "an unknown property",
      { Dead: { Type: "AWS::SQS::Queue", Properties: { FifoQueue: true } } },
      "the property FifoQueue of Dead",
    ],
    ["a condition", { Seen: { Type: "AWS::SQS::Queue", Condition: "Maybe" } }, "the condition of Seen"],
    ["an unknown function", { Odd: schedule({ Description: { "Fn::If": ["a", "b", "c"] } }) }, "the function Fn::If"],
    ["an unknown reference", { Odd: schedule({ Description: { Ref: "Nobody" } }) }, "a reference to Nobody"],
    [
      "an unknown attribute",
      { Odd: schedule({ Description: { "Fn::GetAtt": ["Table", "StreamArn"] } }) },
      "a reference to Table.StreamArn",
    ],
  ])("stops at %s and names it", (_what, changes, words) => {
    expect(() => plan(changes)).toThrow(words);
  });
});

function schedule(properties: object): object {
  const fixed = { ScheduleExpression: "rate(1 day)", FlexibleTimeWindow: { Mode: "OFF" }, Target: {} };
  return { Type: "AWS::Scheduler::Schedule", Properties: { ...fixed, ...properties } };
}
