/** One Lambda function of `functions/`, and everything that it may touch. */
import { fileURLToPath } from "node:url";

import { RemovalPolicy, Validations } from "aws-cdk-lib";
import type { Duration } from "aws-cdk-lib";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import { PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { Architecture, Runtime } from "aws-cdk-lib/aws-lambda";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Topic } from "aws-cdk-lib/aws-sns";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

import { BUNDLING } from "./bundling.ts";
import type { ObjectBucket, ObjectPrefix } from "./object-bucket.ts";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

/** Messages of one invocation; each worker runs them side by side under one deadline. */
const BATCH_SIZE = 10;

export interface SyncFunctionProps {
  /** File of `functions/`, without its ending. */
  readonly file: string;
  readonly description: string;
  readonly timeout: Duration;
  readonly memoryMiB: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly logRetention: RetentionDays;
  /**
   * Where an event goes whose asynchronous invocation failed for good.
   * @default - none: nobody invokes the function asynchronously
   */
  readonly lostEvents?: Queue;
}

export interface ConsumeOptions {
  /** Invocations at the same time; not reserved concurrency, whose throttles would count as receives. */
  readonly maxConcurrency: number;
  readonly batchingWindow: Duration;
  /** Messages of one invocation. @default 10 */
  readonly batchSize?: number;
}

export class SyncFunction extends Construct {
  readonly lambda: NodejsFunction;
  private readonly role: Role;

  constructor(scope: Construct, id: string, props: SyncFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, "Logs", { retention: props.logRetention, removalPolicy: RemovalPolicy.DESTROY });
    // A role of our own: the usual one may write to every log group of the account.
    this.role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    logGroup.grantWrite(this.role);
    this.lambda = new NodejsFunction(this, "Function", {
      entry: `${PROJECT}functions/${props.file}.ts`,
      handler: "handler",
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: props.timeout,
      memorySize: props.memoryMiB,
      environment: { ...props.environment, NODE_OPTIONS: "--enable-source-maps" },
      awsSdkConnectionReuse: false,
      projectRoot: PROJECT,
      depsLockFilePath: `${PROJECT}package-lock.json`,
      bundling: BUNDLING,
      role: this.role,
      logGroup,
      ...(props.lostEvents === undefined ? {} : { deadLetterQueue: props.lostEvents }),
    });
    this.acknowledgeRules(props.lostEvents);
  }

  /** Items by key, and the named indexes. */
  readsItems(table: Table, ...indexes: readonly string[]): void {
    const actions = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"];
    this.allow(actions, [table.tableArn]);
    if (indexes.length > 0)
      this.allow(
        ["dynamodb:Query"],
        indexes.map((index) => `${table.tableArn}/index/${index}`),
      );
  }

  writesItems(table: Table): void {
    this.allow(["dynamodb:PutItem", "dynamodb:UpdateItem"], [table.tableArn]);
  }

  updatesItems(table: Table): void {
    this.allow(["dynamodb:UpdateItem"], [table.tableArn]);
  }

  deletesItems(table: Table): void {
    this.allow(["dynamodb:DeleteItem"], [table.tableArn]);
  }

  /** Several puts and deletes of one call. */
  writesBatches(table: Table): void {
    this.allow(["dynamodb:BatchWriteItem"], [table.tableArn]);
  }

  /** For a listing over all owners. */
  scansItems(table: Table): void {
    this.allow(["dynamodb:Scan"], [table.tableArn]);
  }

  /** Listing comes with it: without s3:ListBucket S3 answers 403, not 404, for a key that is gone. */
  readsObjects(from: ObjectBucket, ...prefixes: readonly ObjectPrefix[]): void {
    this.allow(["s3:ListBucket"], [from.bucket.bucketArn]);
    this.allowObjects(["s3:GetObject"], from, prefixes);
  }

  writesObjects(to: ObjectBucket, ...prefixes: readonly ObjectPrefix[]): void {
    this.allowObjects(["s3:PutObject"], to, prefixes);
  }

  deletesObjects(from: ObjectBucket, ...prefixes: readonly ObjectPrefix[]): void {
    this.allowObjects(["s3:DeleteObject"], from, prefixes);
  }

  sendsTo(...queues: readonly Queue[]): void {
    this.allow(
      ["sqs:SendMessage"],
      queues.map((queue) => queue.queueArn),
    );
  }

  /** Publishing to a topic with a key of ours needs the key as well. */
  publishesTo(topic: Topic, key?: IKey): void {
    this.allow(["sns:Publish"], [topic.topicArn]);
    if (key !== undefined) this.allow(["kms:Decrypt", "kms:GenerateDataKey"], [key.keyArn]);
  }

  /** Messages come in batches; the function names the ones that failed, and only those come back. */
  consumes(queue: Queue, options: ConsumeOptions): void {
    this.lambda.addEventSource(
      new SqsEventSource(queue, {
        batchSize: options.batchSize ?? BATCH_SIZE,
        maxBatchingWindow: options.batchingWindow,
        maxConcurrency: options.maxConcurrency,
        reportBatchItemFailures: true,
      }),
    );
  }

  private allowObjects(actions: readonly string[], store: ObjectBucket, prefixes: readonly ObjectPrefix[]): void {
    this.allow(
      actions,
      prefixes.map((prefix) => store.bucket.arnForObjects(`${prefix}/*`)),
    );
    const resource = store.logicalId();
    for (const prefix of prefixes) {
      Validations.of(this.role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::<${resource}.Arn>/${prefix}/*]`,
        reason: `Keys below ${prefix}/ are named by content; there is no narrower resource for what the function works on.`,
      });
    }
  }

  private allow(actions: readonly string[], resources: readonly string[]): void {
    this.role.addToPolicy(new PolicyStatement({ actions: [...actions], resources: [...resources] }));
  }

  private acknowledgeRules(lostEvents: Queue | undefined): void {
    Validations.of(this.lambda).acknowledge(
      {
        id: "Serverless-LambdaTracing",
        reason:
          "Each log line and record has the task's id, which follows a task whole; a trace would bill each unchanged import.",
      },
      {
        id: "Serverless-LambdaEventSourceMappingDestination",
        reason: "Lambda takes no failure destination for SQS; a message that fails ends in its queue's dead letter queue.",
      },
    );
    if (lostEvents === undefined) {
      Validations.of(this.lambda).acknowledge({
        id: "Serverless-LambdaDLQ",
        reason: "Invoked by event sources and HTTP alone, never asynchronously; queues have their own dead letter queues.",
      });
    }
  }
}
