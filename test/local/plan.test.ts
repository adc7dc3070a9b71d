import { describe, expect, test } from "vitest";

import { planMachine } from "../../lib/local/resources.ts";
import type { Plan } from "../../lib/local/resources.ts";
import { templateText } from "./assembly.ts";

const PLACE = { stack: "Stack", queues: "http://127.0.0.1:1", gateway: "http://127.0.0.1:2" };

function plan(changes: Readonly<Record<string, unknown>> = {}): Plan {
  return planMachine(templateText(changes), PLACE);
}

describe("a plan", () => {
  test("resolves references, joins and substitutions into one function's settings", () => {
    const [worker] = plan().functions;
    expect(worker).toMatchObject({
      name: "Stack-Worker",
      Code: { S3Key: "worker.zip" },
      Timeout: 1,
      MemorySize: 128,
      Environment: { Variables: { SEEN_URL: "http://127.0.0.1:1/000000000000/Stack-Seen", STACK: "Stack!" } },
    });
  });

  test("keeps each queue's timeout and dead letters", () => {
    const tasks = plan().queues.find(({ name }) => name === "Stack-Tasks");
    expect(tasks).toMatchObject({
      VisibilityTimeout: 1,
      RedrivePolicy: { deadLetterTargetArn: "arn:aws:sqs:us-east-1:000000000000:Stack-Dead", maxReceiveCount: 2 },
    });
  });

  test("gives the HTTP API the machine's own address", () => {
    expect(plan().outputs["ApiUrl"]).toBe("http://127.0.0.1:2/");
    expect(plan().routes).toEqual([
      { routeKey: "GET /f/{token}", functionName: "Stack-Web" },
      { routeKey: "ANY /v1/{proxy+}", functionName: "Stack-Web" },
    ]);
  });

  test("keeps an app's endpoint, and leaves its pace to the app", () => {
    const DeliveryPolicy = { throttlePolicy: { maxReceivesPerSecond: 10 } };
    const Properties = { TopicArn: { Ref: "Topic" }, Protocol: "http", Endpoint: "http://127.0.0.1:9/app", DeliveryPolicy };
    const { subscriptions } = plan({ App: { Type: "AWS::SNS::Subscription", Properties } });
    expect(subscriptions.find(({ Protocol }) => Protocol === "http")).toMatchObject({ Endpoint: "http://127.0.0.1:9/app" });
  });

  test("substitutes and joins names", () => {
    const name = { "Fn::Join": ["-", [{ "Fn::Sub": "${AWS::StackName}+${Dead.QueueName}" }, { Ref: "AWS::Region" }]] };
    const { schedules } = plan({ Named: schedule({ Description: name }) });
    expect(schedules.find((one) => one.Name === "Stack-Named")).toHaveProperty("Description", "Stack+Stack-Dead-us-east-1");
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
    ["an unknown reference", { Odd: schedule({ Description: { Ref: "Nobody" } }) }, "a reference to Nobody.Ref"],
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
  const fixed = {
    ScheduleExpression: "rate(1 day)",
    FlexibleTimeWindow: { Mode: "OFF" },
    Target: { Arn: "arn:aws:sqs:us-east-1:000000000000:any" },
  };
  return { Type: "AWS::Scheduler::Schedule", Properties: { ...fixed, ...properties } };
}
