/** The numbers that decide whether a task can be lost, in both stages. */
import * as z from "zod";
import { describe, expect, it } from "vitest";

import { Arn, propertiesOf, Ref, synthesize } from "./synthesize.ts";

const Queue = z.object({
  QueueName: z.string().optional(),
  VisibilityTimeout: z.number(),
  MessageRetentionPeriod: z.number(),
  SqsManagedSseEnabled: z.literal(true),
  RedrivePolicy: z.object({ deadLetterTargetArn: Arn, maxReceiveCount: z.number() }).optional(),
  RedriveAllowPolicy: z.object({ redrivePermission: z.string(), sourceQueueArns: z.array(z.unknown()).optional() }).optional(),
});
const Mapping = z.object({
  EventSourceArn: Arn,
  FunctionName: Ref,
  BatchSize: z.number(),
  MaximumBatchingWindowInSeconds: z.number().default(0),
  FunctionResponseTypes: z.array(z.string()).default([]),
  ScalingConfig: z.object({ MaximumConcurrency: z.number() }),
});
const Timeout = z.object({ Timeout: z.number() });
const DAY = 86_400;

describe.each([{ stage: "prod" }, { stage: "dev", importConcurrency: 40, urgentConcurrency: 3, exportConcurrency: 7 }])(
  "queues of stage $stage",
  (values) => {
    const template = synthesize(values);
    const queues = propertiesOf(template, "AWS::SQS::Queue", Queue);
    const mappings = [...propertiesOf(template, "AWS::Lambda::EventSourceMapping", Mapping).values()];
    const timeouts = propertiesOf(template, "AWS::Lambda::Function", Timeout);
    const working = [...queues].filter(([, queue]) => queue.RedrivePolicy !== undefined);

    it("a message under way stays hidden for six timeouts and the batching window", () => {
      expect(mappings).toHaveLength(9);
      for (const mapping of mappings) {
        const needed = 6 * (timeouts.get(mapping.FunctionName.Ref)?.Timeout ?? NaN) + mapping.MaximumBatchingWindowInSeconds;
        expect(queues.get(mapping.EventSourceArn)?.VisibilityTimeout).toBeGreaterThanOrEqual(needed);
      }
    });

    it("only the messages that failed come back", () => {
      for (const mapping of mappings) expect(mapping).toMatchObject({ FunctionResponseTypes: ["ReportBatchItemFailures"] });
    });

    it("a worker takes ten messages at once, but of downloads one", () => {
      const sizes = mappings.map(({ FunctionName, BatchSize }) => [FunctionName.Ref.startsWith("MakeDownload"), BatchSize]);
      expect(new Set(sizes.map(([isDownload, size]) => `${String(isDownload)} ${String(size)}`))).toEqual(
        new Set(["true 1", "false 10"]),
      );
    });

    it("each event source is bounded, as configured", () => {
      const bounds = mappings.map((mapping) => mapping.ScalingConfig.MaximumConcurrency);
      expect(bounds).toEqual(values.stage === "prod" ? [10, 5, 5, 4, 2, 2, 2, 2, 2] : [40, 3, 7, 4, 2, 2, 2, 2, 2]);
    });

    it("import, urgent, export and download give a message up after twelve receives, each to a dead letter queue of its own", () => {
      const prefix = values.stage === "prod" ? "Calferry" : "Calferry-dev";
      const names = ["import", "urgent", "export", "download"].map((name) => `${prefix}-${name}`);
      expect(working.map(([, queue]) => queue.QueueName)).toEqual(names);
      for (const [, queue] of working) expect(queue.RedrivePolicy?.maxReceiveCount).toBe(12);
      expect(new Set(working.map(([, queue]) => queue.RedrivePolicy?.deadLetterTargetArn)).size).toBe(4);
    });

    it("a dead letter queue takes messages of its own queue alone", () => {
      for (const [, queue] of working) {
        const deadLetters = queues.get(queue.RedrivePolicy?.deadLetterTargetArn ?? "");
        expect(deadLetters?.RedriveAllowPolicy?.redrivePermission).toBe("byQueue");
        expect(deadLetters?.RedriveAllowPolicy?.sourceQueueArns).toHaveLength(1);
        expect(JSON.stringify(deadLetters?.RedriveAllowPolicy?.sourceQueueArns)).toContain(`:${queue.QueueName}"`);
      }
    });

    it("tasks wait for ten days, dead letters for fourteen", () => {
      for (const queue of queues.values()) {
        expect(queue.MessageRetentionPeriod).toBe(queue.RedrivePolicy === undefined ? 14 * DAY : 10 * DAY);
      }
    });

    it("each queue that is the end of the way is drained by the alert function", () => {
      const ends = [...queues.keys()].filter((id) => queues.get(id)?.RedrivePolicy === undefined);
      const drained = mappings.filter((mapping) => mapping.FunctionName.Ref.startsWith("AlertFunction"));
      expect(drained.map((mapping) => mapping.EventSourceArn)).toEqual(ends);
      expect(ends).toHaveLength(5);
    });
  },
);
