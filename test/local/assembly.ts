/** A small assembly written by the test: one table, queues with dead letters, a topic, functions, a tick and routes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

type Values = Readonly<Record<string, unknown>>;

/** CommonJS text of each function; `record` is what a test reads afterwards through the queue `seen`. */
const BUNDLES: Values = {
  worker: `
    const { SQSClient, SendMessageCommand } = require(process.env.SDK);
    const sqs = new SQSClient({});
    exports.handler = async (event, context) => {
      const messages = event.Records ?? [];
      const say = async (what) => sqs.send(new SendMessageCommand({ QueueUrl: process.env.SEEN_URL, MessageBody: JSON.stringify(what) }));
      for (const record of messages) await say({ record, arn: context.invokedFunctionArn, left: context.getRemainingTimeInMillis() });
      if (!event.Records) await say({ event });
      const bodies = messages.map((record) => record.body);
      if (bodies.includes("throw")) throw new Error("boom");
      if (bodies.includes("exit")) process.exit(3);
      if (bodies.includes("hang")) await new Promise((resolve) => setTimeout(resolve, 60000));
      if (event.fail) throw new Error("told to fail");
      if (bodies.includes("strange")) console.log(JSON.stringify({ level: "WARN", message: "odd", code: "source-dns" }));
      if (bodies.includes("strange")) return { batchItemFailures: [{ itemIdentifier: "nobody" }] };
      return { batchItemFailures: messages.filter((record) => record.body === "fail").map((record) => ({ itemIdentifier: record.messageId })) };
    };`,
  web: `exports.handler = async (event) => event.rawPath === "/v1/big" ? "x".repeat(7 * 1024 * 1024) : ({
    statusCode: 201, headers: { "content-type": "text/calendar", etag: '"1"' },
    body: Buffer.from(event.body ?? JSON.stringify(event), event.isBase64Encoded ? "base64" : "utf8").toString("base64"), isBase64Encoded: true });`,
};

const arn = (id: string): Values => ({ "Fn::GetAtt": [id, "Arn"] });

function queue(redriveTo?: string): Values {
  const redrive = redriveTo === undefined ? {} : { RedrivePolicy: { deadLetterTargetArn: arn(redriveTo), maxReceiveCount: 2 } };
  return { Type: "AWS::SQS::Queue", Properties: { VisibilityTimeout: 1, SqsManagedSseEnabled: true, ...redrive } };
}

function lambda(asset: string, timeoutSeconds: number): Values {
  const variables = {
    SDK: fileURLToPath(import.meta.resolve("@aws-sdk/client-sqs")),
    SEEN_URL: { Ref: "Seen" },
    STACK: { "Fn::Sub": "${AWS::StackName}!" },
  };
  return {
    Type: "AWS::Lambda::Function",
    Properties: {
      Code: { S3Bucket: { "Fn::Sub": "cdk-${AWS::AccountId}" }, S3Key: `${asset}.zip` },
      Handler: "index.handler",
      Timeout: timeoutSeconds,
      MemorySize: 128,
      Role: arn("Role"),
      Environment: { Variables: variables },
    },
  };
}

function route(routeKey: string): Values {
  return {
    Type: "AWS::ApiGatewayV2::Route",
    Properties: {
      ApiId: { Ref: "Api" },
      RouteKey: routeKey,
      Target: { "Fn::Join": ["", ["integrations/", { Ref: "Integration" }]] },
    },
  };
}

const RESOURCES: Values = {
  Role: { Type: "AWS::IAM::Role", Properties: { Anything: { "Fn::If": ["goes", "un", "read"] } } },
  Table: {
    Type: "AWS::DynamoDB::Table",
    Properties: {
      AttributeDefinitions: ["pk", "sk", "shelf"].map((name) => ({ AttributeName: name, AttributeType: "S" })),
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      GlobalSecondaryIndexes: [
        { IndexName: "shelf", KeySchema: [{ AttributeName: "shelf", KeyType: "HASH" }], Projection: { ProjectionType: "ALL" } },
      ],
      BillingMode: "PAY_PER_REQUEST",
    },
  },
  Bucket: { Type: "AWS::S3::Bucket", Properties: { LifecycleConfiguration: {} } },
  Tasks: queue("Dead"),
  Dead: queue(),
  Seen: queue(),
  Topic: { Type: "AWS::SNS::Topic", Properties: {} },
  Mail: {
    Type: "AWS::SNS::Subscription",
    Properties: { TopicArn: { Ref: "Topic" }, Protocol: "email", Endpoint: "ops@example.com" },
  },
  Worker: lambda("worker", 1),
  Web: lambda("web", 5),
  Mapping: {
    Type: "AWS::Lambda::EventSourceMapping",
    Properties: {
      FunctionName: { Ref: "Worker" },
      EventSourceArn: arn("Tasks"),
      BatchSize: 10,
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      ScalingConfig: { MaximumConcurrency: 2 },
    },
  },
  Group: { Type: "AWS::Scheduler::ScheduleGroup", Properties: { Name: "ticks" } },
  Tick: {
    Type: "AWS::Scheduler::Schedule",
    Properties: {
      GroupName: { Ref: "Group" },
      ScheduleExpression: "rate(1 minute)",
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: { Arn: arn("Worker"), RoleArn: arn("Role"), Input: '{"tick":true}', RetryPolicy: { MaximumRetryAttempts: 0 } },
    },
  },
  Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { ProtocolType: "HTTP" } },
  Integration: {
    Type: "AWS::ApiGatewayV2::Integration",
    Properties: { ApiId: { Ref: "Api" }, IntegrationType: "AWS_PROXY", IntegrationUri: arn("Web"), PayloadFormatVersion: "2.0" },
  },
  Feed: route("GET /f/{token}"),
  Rest: route("ANY /v1/{proxy+}"),
};

const queueUrls = ["Import", "Urgent", "Export", "Download"].flatMap((name) => [`${name}QueueUrl`, `${name}DlqUrl`]);

/** Outputs that the terminal needs stand for the small stack's own. */
const OUTPUTS: Values = {
  TableName: { Ref: "Table" },
  BucketName: { Ref: "Bucket" },
  ...Object.fromEntries(queueUrls.map((name) => [name, { Ref: name.includes("Dlq") ? "Dead" : "Tasks" }])),
  SeenUrl: { Ref: "Seen" },
  DeadArn: arn("Dead"),
  WorkerArn: arn("Worker"),
  ChangesTopicArn: { Ref: "Topic" },
  TickScheduleName: { Ref: "Tick" },
  ApiUrl: { "Fn::Join": ["", [{ "Fn::GetAtt": ["Api", "ApiEndpoint"] }, "/"]] },
};

/** The template as CloudFormation text, with some resources changed or added. */
export function templateText(changes: Values = {}): string {
  const outputs = Object.fromEntries(Object.entries(OUTPUTS).map(([name, value]) => [name, { Value: value }]));
  return JSON.stringify({ Resources: { ...RESOURCES, ...changes }, Outputs: outputs });
}

/** A folder of its own, removed by `remove`. */
export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "calferry-local-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function writeAssembly(folder: string, changes: Values = {}): string {
  const assembly = join(folder, "assembly");
  mkdirSync(assembly, { recursive: true });
  writeFileSync(join(assembly, "package.json"), "{}");
  writeFileSync(join(assembly, "Calferry-local.template.json"), templateText(changes));
  const files: Record<string, Values> = {};
  for (const [name, text] of Object.entries(BUNDLES)) {
    mkdirSync(join(assembly, `asset.${name}`), { recursive: true });
    writeFileSync(join(assembly, `asset.${name}`, "index.js"), String(text));
    files[name] = { source: { path: `asset.${name}` } };
  }
  writeFileSync(join(assembly, "Calferry-local.assets.json"), JSON.stringify({ files }));
  return assembly;
}
