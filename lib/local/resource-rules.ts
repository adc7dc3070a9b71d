/** What the machine honours of each resource type, and what it leaves out because it has no meaning on one machine. */
import { unsupported } from "./template.ts";
import type { Resource } from "./template.ts";

/** Types without effect here: permissions, keys, logs, alarms, dashboards, policies, metadata, and the one stage of an HTTP API. */
const IGNORED_TYPES =
  /^AWS::(IAM|KMS|Logs|CloudWatch|CDK)::|^AWS::Lambda::Permission$|::(Queue|Topic|Bucket)Policy$|^AWS::ApiGatewayV2::Stage$/u;

interface Rule {
  readonly honoured: string;
  readonly ignored: string;
}

const RULES: Readonly<Record<string, Rule>> = {
  "AWS::DynamoDB::Table": {
    honoured: "AttributeDefinitions GlobalSecondaryIndexes KeySchema TableName",
    ignored:
      "BillingMode ContributorInsightsSpecification DeletionProtectionEnabled PointInTimeRecoverySpecification SSESpecification Tags TimeToLiveSpecification",
  },
  "AWS::SQS::Queue": {
    honoured: "DelaySeconds MaximumMessageSize QueueName ReceiveMessageWaitTimeSeconds RedrivePolicy VisibilityTimeout",
    ignored: "KmsDataKeyReusePeriodSeconds KmsMasterKeyId MessageRetentionPeriod RedriveAllowPolicy SqsManagedSseEnabled Tags",
  },
  "AWS::S3::Bucket": {
    honoured: "BucketName",
    ignored:
      "BucketEncryption LifecycleConfiguration LoggingConfiguration OwnershipControls PublicAccessBlockConfiguration Tags VersioningConfiguration",
  },
  "AWS::SNS::Topic": { honoured: "TopicName", ignored: "DisplayName KmsMasterKeyId SignatureVersion Tags TracingConfig" },
  "AWS::SNS::Subscription": {
    honoured: "Endpoint Protocol RawMessageDelivery TopicArn",
    ignored: "DeliveryPolicy RedrivePolicy Region",
  },
  // DeadLetterConfig is for asynchronous invocations; here the schedule retries them and has dead letters of its own.
  "AWS::Lambda::Function": {
    honoured: "Code Environment FunctionName Handler MemorySize ReservedConcurrentExecutions Timeout",
    ignored:
      "Architectures DeadLetterConfig Description LoggingConfig RecursiveLoop Role Runtime RuntimeManagementConfig Tags TracingConfig",
  },
  "AWS::Lambda::EventInvokeConfig": {
    honoured: "",
    ignored: "DestinationConfig FunctionName MaximumEventAgeInSeconds MaximumRetryAttempts Qualifier",
  },
  "AWS::Lambda::EventSourceMapping": {
    honoured: "BatchSize Enabled EventSourceArn FunctionName FunctionResponseTypes MaximumBatchingWindowInSeconds ScalingConfig",
    ignored: "MetricsConfig Tags",
  },
  "AWS::Scheduler::ScheduleGroup": { honoured: "Name", ignored: "Tags" },
  "AWS::Scheduler::Schedule": {
    honoured:
      "Description EndDate FlexibleTimeWindow GroupName Name ScheduleExpression ScheduleExpressionTimezone StartDate State Target",
    ignored: "KmsKeyArn",
  },
  "AWS::ApiGatewayV2::Api": { honoured: "Name ProtocolType", ignored: "Description Tags" },
  "AWS::ApiGatewayV2::Integration": {
    honoured: "ApiId IntegrationType IntegrationUri PayloadFormatVersion",
    ignored: "Description",
  },
  "AWS::ApiGatewayV2::Route": { honoured: "ApiId AuthorizationType RouteKey Target", ignored: "" },
};

/** The resources that have a meaning here; stops at the first that the machine cannot honour, by its name. */
export function honouredResources(resources: readonly Resource[]): readonly Resource[] {
  return resources.filter(({ logicalId, type, properties }) => {
    if (IGNORED_TYPES.test(type)) {
      return false;
    }
    const rule = RULES[type];
    if (rule === undefined) {
      throw unsupported(`the resource ${logicalId} of type ${type}`);
    }
    const known = new Set([...rule.honoured.split(" "), ...rule.ignored.split(" ")]);
    const unknown = Object.keys(properties).find((name) => !known.has(name));
    if (unknown !== undefined) {
      throw unsupported(`the property ${unknown} of ${logicalId} (${type})`);
    }
    return true;
  });
}
