/** What each function may touch, and that it may touch all that its environment names. */
import * as z from "zod";
import { describe, expect, it } from "vitest";

import { AlertEnv, ApiEnv, ExportFeedEnv, FanOutEnv, ImportCalendarEnv, ServeFeedEnv } from "../../lib/contract/env.ts";
import { Arn, propertiesOf, resourcesOf, synthesize } from "./synthesize.ts";

const oneOrMore = z.union([z.string().transform((value) => [value]), z.array(z.string())]);
const Statement = z.object({ Effect: z.string(), Action: oneOrMore, Resource: z.unknown() });
const PolicyDocument = z.object({ Statement: z.array(Statement) });
/** A resource by its name or url; an ARN alone (Fn::GetAtt) names one without using it. */
const Named = z.object({ Ref: z.string() });
const Policy = z.object({ PolicyDocument, Roles: z.array(z.object({ Ref: z.string() })) });
const Function = z.object({
  Role: Arn,
  Environment: z.object({
    Variables: z.record(z.string(), z.union([z.string(), Named, z.object({ "Fn::GetAtt": z.tuple([z.string(), z.string()]) })])),
  }),
});
const SCHEMAS = {
  FanOut: FanOutEnv,
  ImportCalendar: ImportCalendarEnv,
  ExportFeed: ExportFeedEnv,
  ServeFeed: ServeFeedEnv,
  Alert: AlertEnv,
  Api: ApiEnv,
};
/** Without one of these actions, naming a resource of this kind is of no use. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  "AWS::SQS::Queue": ["sqs:SendMessage"],
  "AWS::SNS::Topic": ["sns:Publish"],
  "AWS::DynamoDB::Table": ["dynamodb:GetItem"],
  "AWS::S3::Bucket": ["s3:GetObject", "s3:PutObject"],
};

const template = synthesize({ alertWebhook: "https://hooks.example.com/T0/secret" });
const functions = propertiesOf(template, "AWS::Lambda::Function", Function);
const policies = [...propertiesOf(template, "AWS::IAM::Policy", Policy).values()];
const kinds = new Map(resourcesOf(template).map(({ id, Type }) => [id, Type]));

describe.each(Object.entries(SCHEMAS))("function %s", (name, schema) => {
  const [, deployed] = [...functions].find(([id]) => id.startsWith(`${name}Function`)) ?? [];
  const variables = deployed?.Environment.Variables ?? {};
  const statements = policies
    .filter((policy) => policy.Roles.some((role) => role.Ref === deployed?.Role))
    .flatMap((policy) => policy.PolicyDocument.Statement);

  it("finds in its environment what it reads from it", () => {
    const values = Object.fromEntries(
      Object.entries(variables).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    );
    expect(schema.safeParse(values).error).toBeUndefined();
  });

  it("may use each resource that its environment names", () => {
    const named = Object.values(variables).flatMap((value) => (typeof value !== "string" && "Ref" in value ? [value.Ref] : []));
    expect(named.length).toBeGreaterThan(0);
    for (const id of named) {
      const actions = ACTIONS[kinds.get(id) ?? ""] ?? [];
      const allowed = statements.filter((statement) => statement.Action.some((action) => actions.includes(action)));
      expect(JSON.stringify(allowed.map((statement) => statement.Resource)), `${name} on ${id}`).toContain(`"${id}"`);
    }
  });
});

describe("permissions", () => {
  it("no policy allows a wildcard action", () => {
    const allowed: string[] = [];
    const collect = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      const statement = Statement.extend({ Effect: z.literal("Allow") }).safeParse(value);
      if (statement.success) allowed.push(...statement.data.Action);
      for (const inner of Object.values(value)) collect(inner);
    };
    collect(template.toJSON());
    expect(allowed.length).toBeGreaterThan(50);
    expect(allowed.filter((action) => action.includes("*"))).toEqual([]);
  });

  it("no function may touch all resources", () => {
    const resources = policies.flatMap((policy) => policy.PolicyDocument.Statement.map((statement) => statement.Resource));
    expect(resources).not.toContain("*");
    expect(JSON.stringify(template.toJSON())).not.toContain("ManagedPolicyArns");
  });

  it("the alert webhook stands in one environment and in nothing else", () => {
    const places = resourcesOf(template).filter((resource) => JSON.stringify(resource).includes("hooks.example.com"));
    expect(places.map(({ id }) => id.replace(/[0-9A-F]{8}$/u, ""))).toEqual(["AlertFunction"]);
    expect(JSON.stringify(template.toJSON()["Outputs"])).not.toContain("hooks.example.com");
  });

  it("alarms may publish to the encrypted alerts topic", () => {
    const cloudwatch = { Effect: "Allow", Principal: { Service: "cloudwatch.amazonaws.com" } };
    const statements = z.object({ PolicyDocument: z.object({ Statement: z.array(z.unknown()) }) });
    const topics = [...propertiesOf(template, "AWS::SNS::TopicPolicy", statements).values()];
    expect(topics.flatMap((topic) => topic.PolicyDocument.Statement)).toContainEqual(
      expect.objectContaining({ ...cloudwatch, Action: "sns:Publish" }),
    );
    const keys = z.object({ KeyPolicy: z.object({ Statement: z.array(z.unknown()) }) });
    const [key] = propertiesOf(template, "AWS::KMS::Key", keys).values();
    expect(key?.KeyPolicy.Statement).toContainEqual(
      expect.objectContaining({ ...cloudwatch, Action: ["kms:Decrypt", "kms:GenerateDataKey"] }),
    );
  });
});
