import type { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import * as z from "zod";

import { propertiesOf, resourcesOf, synthesize } from "./synthesize.ts";

const Policy = z.object({
  throttlePolicy: z.object({ maxReceivesPerSecond: z.number() }),
  healthyRetryPolicy: z.object({
    numRetries: z.number(),
    numNoDelayRetries: z.number(),
    numMinDelayRetries: z.number(),
    minDelayTarget: z.number(),
    numMaxDelayRetries: z.number(),
    maxDelayTarget: z.number(),
    backoffFunction: z.literal("EXPONENTIAL"),
  }),
});
const Subscription = z.object({ Protocol: z.string(), Endpoint: z.string(), TopicArn: z.unknown(), DeliveryPolicy: Policy });

function endpointOf(template: Template): z.infer<typeof Subscription> | undefined {
  return [...propertiesOf(template, "AWS::SNS::Subscription", Subscription).values()][0];
}

const withEndpoint = synthesize({ changesEndpoint: "https://app.example/" });
const without = synthesize();

describe("the app's endpoint", () => {
  it("is subscribed to the changes topic where it is configured, and gets no more than it was said to take", () => {
    const subscription = endpointOf(synthesize({ changesEndpoint: "https://app.example/changes", changesPerSecond: "25" }));
    expect(subscription).toMatchObject({
      Protocol: "https",
      Endpoint: "https://app.example/changes",
      TopicArn: { Ref: expect.stringContaining("Changes") },
      DeliveryPolicy: { throttlePolicy: { maxReceivesPerSecond: 25 } },
    });
    expect(endpointOf(withEndpoint)?.DeliveryPolicy.throttlePolicy.maxReceivesPerSecond).toBe(10);
  });

  it("may be one of this machine, without TLS", () => {
    expect(endpointOf(synthesize({ changesEndpoint: "http://127.0.0.1:8080/" }))?.Protocol).toBe("http");
  });

  it("is nobody's where it is not configured", () => {
    expect(resourcesOf(without).filter(({ Type }) => Type === "AWS::SNS::Subscription")).toEqual([]);
  });

  it("can tell what comes from us by a signature with SHA-256", () => {
    const topics = propertiesOf(without, "AWS::SNS::Topic", z.object({ SignatureVersion: z.string().optional() }));
    expect([...topics.values()].map(({ SignatureVersion: version }) => version)).toContain("2");
  });

  // https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html: at most 3,600 seconds for HTTP.
  it("is tried again for more than half an hour, and within the hour that SNS allows", () => {
    const retries = endpointOf(withEndpoint)?.DeliveryPolicy.healthyRetryPolicy;
    if (retries === undefined) throw new Error("there is no retry policy");
    const { numRetries, numNoDelayRetries, numMinDelayRetries, minDelayTarget, numMaxDelayRetries, maxDelayTarget } = retries;
    const between = numRetries - numNoDelayRetries - numMinDelayRetries - numMaxDelayRetries;
    const least = numMinDelayRetries * minDelayTarget + numMaxDelayRetries * maxDelayTarget;
    expect(between).toBeGreaterThan(0);
    expect(least).toBeGreaterThan(1800);
    expect(least + between * maxDelayTarget).toBeLessThanOrEqual(3600);
  });
});
