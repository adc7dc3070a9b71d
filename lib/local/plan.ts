/** What the template asks of the machine, as plain definitions with every reference resolved. */
import { isObject, listOf, numberOf, objectOf, textOf } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";
import { ACCOUNT, identify, pseudoParameters } from "./physical-names.ts";
import type { Place } from "./physical-names.ts";
import { honouredResources } from "./resource-rules.ts";
import { readTemplate, resolve, unsupported } from "./template.ts";
import type { Lookup } from "./template.ts";

export interface TableDefinition {
  readonly name: string;
  readonly attributes: readonly { readonly name: string; readonly type: string }[];
  readonly keys: readonly string[];
  readonly indexes: readonly {
    readonly name: string;
    readonly keys: readonly string[];
    readonly projection: string;
    readonly include: readonly string[];
  }[];
}

export interface QueueDefinition {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface SubscriptionDefinition {
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly raw: string;
}

export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  /** Hash of the asset, as `*.assets.json` names it. */
  readonly asset: string;
  readonly handler: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMiB: number;
  readonly concurrency: number;
}

export interface MappingDefinition {
  readonly uuid: string;
  readonly functionName: string;
  readonly queueArn: string;
  readonly queueUrl: string;
  readonly batchSize: number;
  readonly windowMs: number;
  readonly concurrency: number;
  readonly partialFailures: boolean;
  readonly enabled: boolean;
}

export interface RouteDefinition {
  readonly routeKey: string;
  readonly functionName: string;
}

export interface Plan {
  readonly tables: readonly TableDefinition[];
  readonly queues: readonly QueueDefinition[];
  readonly buckets: readonly string[];
  readonly topics: readonly string[];
  readonly subscriptions: readonly SubscriptionDefinition[];
  readonly functions: readonly FunctionDefinition[];
  readonly mappings: readonly MappingDefinition[];
  readonly groups: readonly string[];
  /** Each as the body of CreateSchedule, with Name and GroupName. */
  readonly schedules: readonly JsonObject[];
  readonly routes: readonly RouteDefinition[];
  readonly outputs: Readonly<Record<string, string>>;
}

/** Throws MachineError `template-unsupported` for what one machine cannot honour. */
export function planMachine(templateText: string, place: Place): Plan {
  const template = readTemplate(templateText);
  const resources = honouredResources(template.resources);
  const physical = new Map(template.resources.map((resource) => [resource.logicalId, identify(resource, place)]));
  const pseudo = pseudoParameters(place);
  const lookup: Lookup = (logicalId, attribute) => {
    const found = physical.get(logicalId)?.[attribute ?? "Ref"] ?? pseudo[logicalId];
    if (found === undefined) {
      throw unsupported(`a reference to ${logicalId}${attribute === undefined ? "" : `.${attribute}`}`);
    }
    return found;
  };
  const of = <T>(type: string, define: (properties: JsonObject, logicalId: string) => T): T[] =>
    resources
      .filter((resource) => resource.type === type)
      .map(({ logicalId, properties }) => define(resolvedHonoured(properties, lookup), logicalId));

  const integrations = new Map(
    of("AWS::ApiGatewayV2::Integration", (properties, id) => [id, integratedFunction(properties, id)] as const),
  );
  const named = (id: string, attribute?: string): string => lookup(id, attribute);
  return {
    tables: of("AWS::DynamoDB::Table", (properties, id) => table(properties, named(id))),
    queues: of("AWS::SQS::Queue", (properties, id) => queue(properties, named(id, "QueueName"), named(id), named(id, "Arn"))),
    buckets: of("AWS::S3::Bucket", (_properties, id) => named(id)),
    topics: of("AWS::SNS::Topic", (_properties, id) => named(id, "TopicName")),
    subscriptions: of("AWS::SNS::Subscription", subscription),
    functions: of("AWS::Lambda::Function", (properties, id) => lambda(properties, named(id), named(id, "Arn"))),
    mappings: of("AWS::Lambda::EventSourceMapping", (properties, id) => mapping(properties, named(id), place.queueEndpoint)),
    groups: of("AWS::Scheduler::ScheduleGroup", (_properties, id) => named(id)),
    schedules: of("AWS::Scheduler::Schedule", (properties, id) => ({ GroupName: "default", ...properties, Name: named(id) })),
    routes: of("AWS::ApiGatewayV2::Route", (properties, id) => route(properties, id, integrations)),
    outputs: outputs(template.outputs, lookup, place.gatewayUrl),
  };
}

/** Role grants and the like may name what the machine does not have; only a target's role stays behind. */
function resolvedHonoured(properties: JsonObject, lookup: Lookup): JsonObject {
  const { Role: _role, ...kept } = properties;
  return objectOf(resolve(kept, lookup));
}

function keysOf(schema: Json | undefined): string[] {
  const keys = listOf(schema).map(objectOf);
  return ["HASH", "RANGE"].flatMap((type) =>
    keys.filter((key) => key["KeyType"] === type).map((key) => textOf(key["AttributeName"])),
  );
}

function table(properties: JsonObject, name: string): TableDefinition {
  return {
    name,
    attributes: listOf(properties["AttributeDefinitions"])
      .map(objectOf)
      .map((attribute) => ({ name: textOf(attribute["AttributeName"]), type: textOf(attribute["AttributeType"]) })),
    keys: keysOf(properties["KeySchema"]),
    indexes: listOf(properties["GlobalSecondaryIndexes"])
      .map(objectOf)
      .map((index) => ({
        name: textOf(index["IndexName"]),
        keys: keysOf(index["KeySchema"]),
        projection: textOf(objectOf(index["Projection"])["ProjectionType"]),
        include: listOf(objectOf(index["Projection"])["NonKeyAttributes"]).map(textOf),
      })),
  };
}

function queue(properties: JsonObject, name: string, url: string, arn: string): QueueDefinition {
  const { QueueName: _name, RedrivePolicy: redrive, ...rest } = properties;
  const attributes = Object.entries(rest).filter(([key]) =>
    /^(DelaySeconds|MaximumMessageSize|ReceiveMessageWaitTimeSeconds|VisibilityTimeout)$/u.test(key),
  );
  return {
    name,
    url,
    arn,
    attributes: {
      ...Object.fromEntries(attributes.map(([key, value]) => [key, textOf(value)])),
      RedrivePolicy: isObject(redrive) ? JSON.stringify(redrive) : "",
    },
  };
}

function subscription(properties: JsonObject): SubscriptionDefinition {
  return {
    topicArn: textOf(properties["TopicArn"]),
    protocol: textOf(properties["Protocol"]),
    endpoint: textOf(properties["Endpoint"]),
    raw: textOf(properties["RawMessageDelivery"] ?? false),
  };
}

function lambda(properties: JsonObject, name: string, arn: string): FunctionDefinition {
  const variables = objectOf(objectOf(properties["Environment"])["Variables"]);
  return {
    name,
    arn,
    asset: textOf(objectOf(properties["Code"])["S3Key"]).replace(/\.zip$/u, ""),
    handler: textOf(properties["Handler"]),
    env: Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, textOf(value)])),
    timeoutMs: numberOf(properties["Timeout"], 3) * 1000,
    memoryMiB: numberOf(properties["MemorySize"], 128),
    concurrency: numberOf(properties["ReservedConcurrentExecutions"], 1000),
  };
}

function mapping(properties: JsonObject, uuid: string, queueEndpoint: string): MappingDefinition {
  const queueArn = textOf(properties["EventSourceArn"]);
  if (!queueArn.startsWith("arn:aws:sqs:")) {
    throw unsupported(`an event source ${queueArn} that is not a queue`);
  }
  return {
    uuid,
    functionName: functionNameOf(textOf(properties["FunctionName"])),
    queueArn,
    queueUrl: `${queueEndpoint}/${ACCOUNT}/${queueArn.split(":").at(-1) ?? ""}`,
    batchSize: numberOf(properties["BatchSize"], 10),
    windowMs: numberOf(properties["MaximumBatchingWindowInSeconds"], 0) * 1000,
    concurrency: numberOf(objectOf(properties["ScalingConfig"])["MaximumConcurrency"], 1000),
    partialFailures: listOf(properties["FunctionResponseTypes"]).includes("ReportBatchItemFailures"),
    enabled: textOf(properties["Enabled"] ?? true) === "true",
  };
}

/** The name in a function's ARN, with or without a qualifier or the path of an invocation. */
export function functionNameOf(arnOrName: string): string {
  return /function:([^:/]+)/u.exec(arnOrName)?.[1] ?? arnOrName;
}

function integratedFunction(properties: JsonObject, id: string): string {
  if (properties["IntegrationType"] !== "AWS_PROXY" || properties["PayloadFormatVersion"] !== "2.0") {
    throw unsupported(`the integration ${id}, which is not AWS_PROXY with payload 2.0`);
  }
  return functionNameOf(textOf(properties["IntegrationUri"]));
}

function route(properties: JsonObject, id: string, integrations: ReadonlyMap<string, string>): RouteDefinition {
  const target = textOf(properties["Target"]);
  const functionName = [...integrations].find(([integration]) => target.endsWith(`/${integration}`))?.[1];
  if (functionName === undefined || (properties["AuthorizationType"] ?? "NONE") !== "NONE") {
    throw unsupported(`the route ${id} with an authorizer or without an integration`);
  }
  return { routeKey: textOf(properties["RouteKey"]), functionName };
}

function outputs(declared: JsonObject, lookup: Lookup, gatewayUrl: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(declared).map(([name, value]) => [
      name,
      textOf(resolve(value ?? "", lookup)).replace(/^https:\/\/[^/]+\.execute-api\.[^/]+/u, gatewayUrl),
    ]),
  );
}
