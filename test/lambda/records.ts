/** SQS records as Lambda gets them. */
import type { Context, SQSRecord } from "aws-lambda";

export function recordOf(
  messageId: string,
  fields: Partial<Pick<SQSRecord, "body" | "messageAttributes" | "eventSourceARN">> = {},
  receives = 1,
): SQSRecord {
  return {
    messageId,
    receiptHandle: `handle-${messageId}`,
    body: "{}",
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(Date.UTC(2026, 0, 1)),
      SenderId: "sender",
      ApproximateFirstReceiveTimestamp: String(Date.UTC(2026, 0, 1)),
    },
    messageAttributes: {},
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:us-east-1:000000000000:import",
    awsRegion: "us-east-1",
    ...fields,
  };
}

export function contextOf(remainingMs = 60_000): Context {
  const unused = (): void => undefined;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: "function",
    functionVersion: "1",
    invokedFunctionArn: "arn",
    memoryLimitInMB: "512",
    awsRequestId: "request",
    logGroupName: "group",
    logStreamName: "stream",
    getRemainingTimeInMillis: () => remainingMs,
    done: unused,
    fail: unused,
    succeed: unused,
  };
}
