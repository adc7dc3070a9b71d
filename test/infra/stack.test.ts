/** What is deployed: data, functions, routes, alarms, outputs. */
import * as z from "zod";
import type { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";

import { propertiesOf, resourcesOf, synthesize } from "./synthesize.ts";

const OUTPUTS = [
  "AlertWebhook",
  "AlertsTopicArn",
  "ApiUrl",
  "BucketName",
  "ChangesTopicArn",
  "DownloadDlqUrl",
  "DownloadQueueUrl",
  "ExportDlqUrl",
  "ExportQueueUrl",
  "FanOutArn",
  "ImportDlqUrl",
  "ImportQueueUrl",
  "LostEventsDlqArn",
  "LostEventsDlqUrl",
  "Quotas",
  "ScheduleGroup",
  "SchedulerRoleArn",
  "TableName",
  "TickScheduleName",
  "UrgentDlqUrl",
  "UrgentQueueUrl",
];

describe.each(["prod", "dev"])("stack of stage %s", (stage) => {
  const template = synthesize({ stage, logRetentionDays: "14" });
  const resources = resourcesOf(template);

  it("data outlives the stack", () => {
    const data = resources.filter(({ Type }) => ["AWS::DynamoDB::Table", "AWS::S3::Bucket"].includes(Type));
    expect(data.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(["Retain", "Retain"]);
    expect(onlyOne(template, "AWS::DynamoDB::Table")).toMatchObject({
      DeletionProtectionEnabled: stage === "prod",
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      BillingMode: "PAY_PER_REQUEST",
    });
  });

  it("the table has its keys, its expiry and three indexes", () => {
    const index = (IndexName: string, pk: string, sk: string, Projection: object): object => ({
      IndexName,
      KeySchema: [
        { AttributeName: pk, KeyType: "HASH" },
        { AttributeName: sk, KeyType: "RANGE" },
      ],
      Projection,
    });
    expect(onlyOne(template, "AWS::DynamoDB::Table")).toMatchObject({
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
      GlobalSecondaryIndexes: [
        index("byOwner", "ownerId", "ownedKey", { ProjectionType: "ALL" }),
        index("wheel", "wheel", "calendarId", { ProjectionType: "INCLUDE", NonKeyAttributes: ["host", "notBefore"] }),
        index("letters", "letterShelf", "lastAt", { ProjectionType: "ALL" }),
      ],
    });
  });

  it("the bucket is closed to the public, encrypted, and never deletes an object by age", () => {
    const bucket = onlyOne(template, "AWS::S3::Bucket");
    expect(bucket).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }] },
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
    });
    expect(bucket["LifecycleConfiguration"]).toEqual({
      Rules: [
        { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: "Enabled" },
        // A day more than a file can be fetched: S3 looks once a day.
        { Prefix: "downloads/", ExpirationInDays: 8, Status: "Enabled" },
      ],
    });
    expect(bucket["VersioningConfiguration"]).toBeUndefined();
  });

  it("queues, topics and bucket refuse what does not come over TLS", () => {
    const owners = resources.filter(({ Type }) => ["AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::S3::Bucket"].includes(Type));
    const types = new Set(["AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"]);
    const strict = resources.filter(
      ({ Type, Properties }) => types.has(Type) && JSON.stringify(Properties).includes('"Bool":{"aws:SecureTransport":"false"}'),
    );
    expect(strict).toHaveLength(owners.length);
    expect(owners).toHaveLength(12);
  });

  it("both topics are encrypted", () => {
    const topics = propertiesOf(template, "AWS::SNS::Topic", z.object({ KmsMasterKeyId: z.unknown().refine(Boolean) }));
    expect(topics.size).toBe(2);
  });

  it("seven functions run on ARM and Node 24, with source maps and a log that ends", () => {
    const functions = propertiesOf(
      template,
      "AWS::Lambda::Function",
      z.object({
        Architectures: z.tuple([z.literal("arm64")]),
        Runtime: z.literal("nodejs24.x"),
        Handler: z.literal("index.handler"),
        Timeout: z.number(),
        LoggingConfig: z.object({ LogGroup: z.object({ Ref: z.string() }) }),
        Environment: z.object({
          Variables: z.object({ STAGE: z.literal(stage), NODE_OPTIONS: z.literal("--enable-source-maps") }),
        }),
      }),
    );
    const timeouts = [...functions].map(([id, { Timeout }]) => [id.replace(/Function[0-9A-F]{8}$/u, ""), Timeout]);
    expect(Object.fromEntries(timeouts)).toEqual({
      FanOut: 50,
      ImportCalendar: 60,
      ExportFeed: 120,
      MakeDownload: 120,
      Alert: 30,
      ServeFeed: 10,
      Api: 20,
    });
    const logs = propertiesOf(template, "AWS::Logs::LogGroup", z.object({ RetentionInDays: z.literal(14) }));
    for (const { LoggingConfig } of functions.values()) expect(logs.has(LoggingConfig.LogGroup.Ref)).toBe(true);
    expect(logs.size).toBe(8);
  });

  it("the HTTP API has four routes, a limit, and an access log without paths", () => {
    const routes = propertiesOf(template, "AWS::ApiGatewayV2::Route", z.object({ RouteKey: z.string() }));
    const keys = [...routes.values()].map(({ RouteKey }) => RouteKey).toSorted();
    expect(keys).toEqual(["ANY /v1/{proxy+}", "GET /f/{token}", "GET /robots.txt", "HEAD /f/{token}"]);
    const Stage = z.object({
      DefaultRouteSettings: z.object({ ThrottlingRateLimit: z.number(), ThrottlingBurstLimit: z.number() }),
      AccessLogSettings: z.object({ Format: z.string() }),
    });
    const [api] = propertiesOf(template, "AWS::ApiGatewayV2::Stage", Stage).values();
    expect(api?.AccessLogSettings.Format).toContain("$context.routeKey");
    expect(api?.AccessLogSettings.Format).not.toMatch(/path|resourceId|requestOverride|querystring/iu);
  });

  it("the terminal finds everything among the outputs", () => {
    expect(Object.keys(template.toJSON()["Outputs"]).toSorted()).toEqual(OUTPUTS);
  });

  it("everything is an ordinary resource: nothing custom runs at deployment", () => {
    expect(resources.filter(({ Type }) => /Custom|CDK::|CloudFormation::/u.test(Type))).toEqual([]);
  });
});

describe("alarms", () => {
  const Alarm = z.object({
    AlarmDescription: z.string(),
    AlarmActions: z.tuple([z.object({ Ref: z.string().startsWith("AlertsTopic") })]),
    TreatMissingData: z.string(),
    Threshold: z.number(),
    ComparisonOperator: z.string(),
    Period: z.number().optional(),
    MetricName: z.string(),
  });
  const alarms = (tickMinutes: number): readonly z.infer<typeof Alarm>[] => [
    ...propertiesOf(synthesize({ tickMinutes }), "AWS::CloudWatch::Alarm", Alarm).values(),
  ];

  it("each says where to read on and tells people", () => {
    for (const alarm of alarms(1)) expect(alarm.AlarmDescription).toMatch(/^([a-z-]+): .*; see docs\/runbook\.md#\1$/u);
  });

  it("each dead letter queue is watched for age and for depth", () => {
    const broken = alarms(1).filter((alarm) => alarm.AlarmDescription.startsWith("alerting-broken"));
    expect(broken.filter((alarm) => alarm.MetricName === "ApproximateAgeOfOldestMessage")).toHaveLength(5);
    expect(broken.filter((alarm) => alarm.MetricName === "ApproximateNumberOfMessagesVisible")).toHaveLength(5);
  });

  it.each([
    [1, 600],
    [10, 1800],
  ])("ticks of %i minutes that do not come are told after %i seconds, even where no data comes", (tickMinutes, seconds) => {
    const missing = alarms(tickMinutes).filter((alarm) => alarm.AlarmDescription.startsWith("ticks-missing"));
    expect(missing).toMatchObject([
      {
        MetricName: "Invocations",
        Period: seconds,
        Threshold: 1,
        ComparisonOperator: "LessThanThreshold",
        TreatMissingData: "breaching",
      },
    ]);
  });

  it("each function is watched for errors and throttles", () => {
    expect(alarms(1).filter((alarm) => alarm.MetricName === "Errors")).toHaveLength(7);
    expect(alarms(1).filter((alarm) => alarm.MetricName === "Throttles")).toHaveLength(7);
  });
});

describe("two stages", () => {
  it("share no name, so that both fit in one account", () => {
    const names = (stage: string): readonly unknown[] =>
      resourcesOf(synthesize({ stage })).flatMap(({ Type, Properties }) => {
        const named = z.object({ QueueName: z.string().optional(), Name: z.string().optional() }).safeParse(Properties).data;
        return Type === "AWS::ApiGatewayV2::Api" ? [] : [named?.QueueName, named?.Name].filter((name) => name !== undefined);
      });
    const prod = names("prod");
    expect(prod).toHaveLength(5);
    expect(names("dev").filter((name) => prod.includes(name))).toEqual([]);
  });
});

describe("alert e-mail", () => {
  it("is subscribed where it is configured, and nobody is where it is not", () => {
    const configured = synthesize({ alertEmail: "ops@example.com" });
    expect(onlyOne(configured, "AWS::SNS::Subscription")).toMatchObject({ Protocol: "email", Endpoint: "ops@example.com" });
    expect(resourcesOf(synthesize()).filter(({ Type }) => Type === "AWS::SNS::Subscription")).toEqual([]);
  });
});

function onlyOne(template: Template, type: string): Readonly<Record<string, unknown>> {
  const [properties, ...others] = propertiesOf(template, type, z.record(z.string(), z.unknown())).values();
  expect(others).toEqual([]);
  return properties ?? {};
}
