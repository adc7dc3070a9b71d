/** The names, ARNs and URLs that resources have on this machine, known before anything is created. */
import { createHash } from "node:crypto";

import { textOf } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { Resource } from "./template.ts";

/** fauxqs knows this account alone. */
export const ACCOUNT = "000000000000";
export const REGION = "us-east-1";

export interface Place {
  readonly stackName: string;
  readonly queueEndpoint: string;
  readonly gatewayUrl: string;
}

/** What `Ref` and each attribute of `Fn::GetAtt` give. */
export type Physical = Readonly<Record<string, string>>;

export function pseudoParameters(place: Place): Physical {
  return {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": place.stackName,
    "AWS::URLSuffix": "amazonaws.com",
  };
}

export function identify(resource: Resource, place: Place): Physical {
  const { logicalId, type, properties } = resource;
  const name = physicalName(properties, `${place.stackName}-${logicalId}`);
  const group = textOf(properties["GroupName"]) || "default";
  return IDENTITIES[type]?.({ name, logicalId, group, place }) ?? { Ref: name, Arn: arn("local", name) };
}

interface Named {
  readonly name: string;
  readonly logicalId: string;
  readonly group: string;
  readonly place: Place;
}

const IDENTITIES: Readonly<Record<string, (named: Named) => Physical>> = {
  "AWS::DynamoDB::Table": ({ name }) => ({ Ref: name, Arn: arn("dynamodb", `table/${name}`) }),
  "AWS::SQS::Queue": ({ name, place }) => ({
    Ref: `${place.queueEndpoint}/${ACCOUNT}/${name}`,
    Arn: arn("sqs", name),
    QueueName: name,
  }),
  "AWS::S3::Bucket": ({ name }) => {
    const bucket = name.toLowerCase().slice(0, 63);
    return { Ref: bucket, Arn: `arn:aws:s3:::${bucket}` };
  },
  "AWS::SNS::Topic": ({ name }) => ({ Ref: arn("sns", name), TopicArn: arn("sns", name), TopicName: name }),
  "AWS::IAM::Role": ({ name }) => ({ Ref: name, Arn: `arn:aws:iam::${ACCOUNT}:role/${name}` }),
  "AWS::Lambda::Function": ({ name }) => ({ Ref: name, Arn: arn("lambda", `function:${name}`) }),
  "AWS::Lambda::EventSourceMapping": ({ name }) => ({ Ref: identifier(name), Id: identifier(name) }),
  "AWS::Scheduler::ScheduleGroup": ({ name }) => ({ Ref: name, Arn: arn("scheduler", `schedule-group/${name}`) }),
  "AWS::Scheduler::Schedule": ({ name, group }) => ({ Ref: name, Arn: arn("scheduler", `schedule/${group}/${name}`) }),
  "AWS::ApiGatewayV2::Integration": ({ logicalId }) => ({ Ref: logicalId }),
  "AWS::ApiGatewayV2::Api": ({ logicalId, place }) => ({ Ref: logicalId, ApiId: logicalId, ApiEndpoint: place.gatewayUrl }),
};

function arn(service: string, rest: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
}

function physicalName(properties: JsonObject, generated: string): string {
  const given = ["TableName", "QueueName", "BucketName", "TopicName", "FunctionName", "Name"]
    .map((property) => properties[property])
    .find((value) => typeof value === "string");
  return textOf(given) || generated.slice(0, 80);
}

/** A stable UUID, so that a mapping keeps its id over restarts. */
function identifier(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}
