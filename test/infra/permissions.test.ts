/** What each function may touch, and that it may touch all that its environment names. */
import * as z from "zod";
import { describe, expect, it } from "vitest";

import {
  AlertEnv,
  ApiEnv,
  ExportFeedEnv,
  FanOutEnv,
  ImportCalendarEnv,
  MakeDownloadEnv,
  ServeFeedEnv,
} from "../../lib/contract/env.ts";
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
  MakeDownload: MakeDownloadEnv,
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

const template = synthesize({
  alertWebhook: "https://hooks.example.com/T0/secret",
  deadManUrl: "https://ping.example.com/secret",
});
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

  it.each([
    ["the alert webhook", "hooks.example.com", ["AlertFunction", "FanOutFunction"]],
    ["the dead-man switch", "ping.example.com", ["FanOutFunction"]],
  ])("%s stands in the environment of who tells it, and in nothing else", (_name, host, wanted) => {
    const places = resourcesOf(template).filter((resource) => JSON.stringify(resource).includes(host));
    expect(places.map(({ id }) => id.replace(/[0-9A-F]{8}$/u, "")).toSorted()).toEqual(wanted);
    expect(JSON.stringify(template.toJSON()["Outputs"])).not.toContain(host);
  });

  it("fan-out may look over the table, read the wheel and the shelves of letters, and end an alert", () => {
    const [, fanOut] = [...functions].find(([id]) => id.startsWith("FanOutFunction")) ?? [];
    const statements = policies
      .filter((policy) => policy.Roles.some((role) => role.Ref === fanOut?.Role))
      .flatMap((policy) => policy.PolicyDocument.Statement);
    const actions = new Set(statements.flatMap(({ Action }) => Action));
    for (const action of ["dynamodb:Scan", "dynamodb:DeleteItem", "sns:Publish", "kms:GenerateDataKey"])
      expect(actions).toContain(action);
    const queried = JSON.stringify(statements.filter(({ Action }) => Action.includes("dynamodb:Query")));
    for (const index of ["wheel", "letters"]) expect(queried).toContain(`/index/${index}`);
    expect(queried).not.toContain("/index/byOwner");
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
