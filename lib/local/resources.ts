/** What the template asks of the machine: the resources with their names here, the properties honoured, and what means nothing here. */
import type { AttributeDefinition, GlobalSecondaryIndex, KeySchemaElement } from "@aws-sdk/client-dynamodb";
import * as z from "zod";

import { ACCOUNT, arnOf, functionNameOf, lastOf, REGION } from "./arn.ts";
import { deliveryResources } from "./deliveries.ts";
import { Schedule } from "./schedule.ts";
import { resolve, Template, unsupported } from "./template.ts";
import type { Lookup, Resource } from "./template.ts";

const text = z.string();
/** The engine reads these as they are. */
const Table = z.strictObject({
  AttributeDefinitions: z.custom<AttributeDefinition[]>(),
  KeySchema: z.custom<KeySchemaElement[]>(),
  GlobalSecondaryIndexes: z.custom<GlobalSecondaryIndex[]>().optional(),
});
const Queue = z.strictObject({
  VisibilityTimeout: z.number().default(30),
  RedrivePolicy: z.object({ deadLetterTargetArn: text, maxReceiveCount: z.number() }).optional(),
});
const Subscription = z.strictObject({
  TopicArn: text,
  Protocol: z.enum(["email", "http", "https", "sqs"]),
  Endpoint: text,
  RawMessageDelivery: z.boolean().default(false),
});
const Lambda = z.strictObject({
  Code: z.object({ S3Key: text }),
  Handler: text,
  Environment: z.object({ Variables: z.record(text, text) }).default({ Variables: {} }),
  Timeout: z.number().default(3),
  MemorySize: z.number().default(128),
});
const Mapping = z.strictObject({
  FunctionName: text,
  EventSourceArn: text.startsWith("arn:aws:sqs:"),
  BatchSize: z.number().default(10),
  Enabled: z.boolean().default(true),
  FunctionResponseTypes: z.array(text).default([]),
  ScalingConfig: z.object({ MaximumConcurrency: z.number() }).default({ MaximumConcurrency: 1000 }),
});
const Integration = z.strictObject({
  IntegrationType: z.literal("AWS_PROXY"),
  IntegrationUri: text,
  PayloadFormatVersion: z.literal("2.0"),
});
const Route = z.strictObject({ AuthorizationType: z.literal("NONE").optional(), RouteKey: text, Target: text });
const Named = z.strictObject({});

/** Types without effect here: permissions, keys, logs, alarms, dashboards, policies, metadata, the API and its one stage. */
const IGNORED_TYPES =
  /^AWS::(IAM|KMS|Logs|CloudWatch|CDK)::|^AWS::Lambda::(Permission|EventInvokeConfig)$|::(Queue|Topic|Bucket)Policy$|^AWS::ApiGatewayV2::(Api|Stage)$/u;

/**
 * Properties without effect here, of whatever type does not honour them. A batching window saves invocations, which cost nothing
 * here; a function's DeadLetterConfig is for asynchronous invocations, and the schedules that make them have dead letters of their own;
 * a subscription's DeliveryPolicy holds back what comes from many hands at once, and here one hands out one message after the other.
 */
const IGNORED_PROPERTIES = new Set(
  `ApiId Architectures BillingMode BucketEncryption ContributorInsightsSpecification DeadLetterConfig DeletionProtectionEnabled
  DeliveryPolicy Description DisplayName KmsDataKeyReusePeriodSeconds KmsKeyArn KmsMasterKeyId LifecycleConfiguration LoggingConfig
  LoggingConfiguration MaximumBatchingWindowInSeconds MessageRetentionPeriod MetricsConfig OwnershipControls
  PointInTimeRecoverySpecification PublicAccessBlockConfiguration RecursiveLoop RedriveAllowPolicy Role Runtime
  RuntimeManagementConfig SSESpecification SignatureVersion SqsManagedSseEnabled Tags TimeToLiveSpecification TracingConfig
  VersioningConfiguration`.split(/\s+/u),
);

/** Of each type the property that may hold its name, and the part of its ARN before the name. */
const NAMED: Readonly<Record<string, readonly [property: string, service: string, prefix: string]>> = {
  "AWS::DynamoDB::Table": ["TableName", "dynamodb", "table/"],
  "AWS::SQS::Queue": ["QueueName", "sqs", ""],
  "AWS::S3::Bucket": ["BucketName", "s3", ""],
  "AWS::SNS::Topic": ["TopicName", "sns", ""],
  "AWS::Lambda::Function": ["FunctionName", "lambda", "function:"],
  "AWS::Scheduler::ScheduleGroup": ["Name", "scheduler", "schedule-group/"],
  "AWS::Scheduler::Schedule": ["Name", "scheduler", "schedule/"],
};

export interface Place {
  readonly stack: string;
  /** Addresses of SQS and of the HTTP API, without a slash at the end. */
  readonly queues: string;
  readonly gateway: string;
}

type Planned<T extends z.ZodObject> = z.infer<T> & { readonly name: string; readonly ref: string; readonly arn: string };
export type TablePlan = Planned<typeof Table>;
export type FunctionPlan = Planned<typeof Lambda>;
export type MappingPlan = Planned<typeof Mapping> & { readonly queueUrl: string };

export interface Plan {
  readonly tables: readonly TablePlan[];
  readonly queues: readonly Planned<typeof Queue>[];
  readonly buckets: readonly string[];
  readonly topics: readonly string[];
  readonly subscriptions: readonly Planned<typeof Subscription>[];
  readonly functions: readonly FunctionPlan[];
  readonly mappings: readonly MappingPlan[];
  readonly groups: readonly string[];
  readonly schedules: readonly Schedule[];
  readonly routes: readonly { readonly routeKey: string; readonly functionName: string }[];
  readonly outputs: Readonly<Record<string, string>>;
}

/** Everything with its references resolved; throws `template-unsupported` for what one machine cannot honour. */
export function planMachine(templateText: string, place: Place): Plan {
  const template = Template.parse(JSON.parse(templateText));
  const resources = Object.entries({ ...template.Resources, ...deliveryResources(template) });
  const names = new Map(resources.map(([id, resource]) => [id, namesOf(id, resource, place)]));
  const lookup: Lookup = (id, attribute) => {
    const found = names.get(id)?.[attribute] ?? pseudoParameters(place)[id];
    if (found === undefined) throw unsupported(`a reference to ${id}.${attribute}`);
    return found;
  };
  const read = new Set<string>();
  const of = <T extends z.ZodObject>(type: string, Honoured: T): Planned<T>[] => {
    read.add(type);
    return resources
      .filter(([, resource]) => resource.Type === type)
      .map(([id, resource]) => {
        const { Name: name = "", Ref: ref = "", Arn: arn = "" } = names.get(id) ?? {};
        return Object.assign(honoured(id, resource, Honoured, lookup), { name, ref, arn });
      });
  };
  const integrations = of("AWS::ApiGatewayV2::Integration", Integration);
  const functionOf = (target: string): string =>
    functionNameOf(integrations.find(({ ref }) => target === `integrations/${ref}`)?.IntegrationUri ?? "");
  const plan: Plan = {
    tables: of("AWS::DynamoDB::Table", Table),
    queues: of("AWS::SQS::Queue", Queue),
    buckets: of("AWS::S3::Bucket", Named).map(({ ref }) => ref),
    topics: of("AWS::SNS::Topic", Named).map(({ name }) => name),
    subscriptions: of("AWS::SNS::Subscription", Subscription),
    functions: of("AWS::Lambda::Function", Lambda),
    mappings: of("AWS::Lambda::EventSourceMapping", Mapping).map((mapping) =>
      Object.assign(mapping, { queueUrl: `${place.queues}/${ACCOUNT}/${lastOf(mapping.EventSourceArn)}` }),
    ),
    groups: of("AWS::Scheduler::ScheduleGroup", Named).map(({ name }) => name),
    schedules: of("AWS::Scheduler::Schedule", Schedule).map(({ name, ref: _ref, arn: _arn, ...schedule }) =>
      Object.assign(schedule, { Name: name }),
    ),
    routes: of("AWS::ApiGatewayV2::Route", Route).map((one) => ({
      routeKey: one.RouteKey,
      functionName: functionOf(one.Target),
    })),
    outputs: Object.fromEntries(
      Object.entries(template.Outputs).map(([name, { Value: value }]) => [name, String(resolve(value, lookup))]),
    ),
  };
  const unknown = resources.find(([, { Type: type }]) => !read.has(type) && !IGNORED_TYPES.test(type));
  if (unknown !== undefined) throw unsupported(`the resource ${unknown[0]} of type ${unknown[1].Type}`);
  return plan;
}

function namesOf(id: string, { Type: type, Properties: properties }: Resource, place: Place): Readonly<Record<string, string>> {
  const [property = "", service = "iam", prefix = "role/"] = NAMED[type] ?? [];
  const { [property]: given } = properties;
  // A queue's name has at most 80 characters; the id's hash is at its end.
  const name = typeof given === "string" ? given : `${place.stack}-${id}`.slice(-80);
  const arn = arnOf(service, prefix + name);
  switch (type) {
    case "AWS::SQS::Queue":
      return { Name: name, Ref: `${place.queues}/${ACCOUNT}/${name}`, Arn: arn, QueueName: name };
    case "AWS::SNS::Topic":
      return { Name: name, Ref: arn, TopicArn: arn, TopicName: name };
    case "AWS::S3::Bucket":
      return { Ref: name.toLowerCase() };
    case "AWS::ApiGatewayV2::Api":
      return { Ref: id, ApiEndpoint: place.gateway };
    default:
      return { Name: name, Ref: name, Arn: arn };
  }
}

function pseudoParameters(place: Place): Readonly<Record<string, string>> {
  const names = { AccountId: ACCOUNT, Partition: "aws", Region: REGION, StackName: place.stack, URLSuffix: "amazonaws.com" };
  return Object.fromEntries(Object.entries(names).map(([name, value]) => [`AWS::${name}`, value]));
}

/** Ignored properties go first: they may name what the machine does not have. */
function honoured<T extends z.ZodObject>(id: string, resource: Resource, Honoured: T, lookup: Lookup): z.infer<T> {
  if (resource.Condition !== undefined) throw unsupported(`the condition of ${id}`);
  const isLeft = (name: string): boolean => IGNORED_PROPERTIES.has(name) || name === NAMED[resource.Type]?.[0];
  const kept = Object.entries(resource.Properties).filter(([name]) => name in Honoured.shape || !isLeft(name));
  const { data, error } = Honoured.safeParse(resolve(Object.fromEntries(kept), lookup));
  if (error === undefined) return data;
  const [issue] = error.issues;
  const property = issue?.code === "unrecognized_keys" ? issue.keys[0] : issue?.path.join(".");
  throw unsupported(`the property ${property} of ${id} (${resource.Type})`);
}
