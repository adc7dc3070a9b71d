/** The two topics: `changes` for the apps that listen, `alerts` for people. */
import { ArnFormat, Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import { AccountRootPrincipal, Effect, PolicyDocument, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Alias, Key } from "aws-cdk-lib/aws-kms";
import { BackoffFunction, Subscription, SubscriptionProtocol, Topic } from "aws-cdk-lib/aws-sns";
import type { DeliveryPolicy } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";

/**
 * What the account's own IAM may allow on the key. CDK's default is kms:*; without these the key could
 * be neither managed nor used, and only AWS support could help.
 */
const KEY_ACTIONS = [
  "kms:CancelKeyDeletion",
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:DisableKey",
  "kms:DisableKeyRotation",
  "kms:EnableKey",
  "kms:EnableKeyRotation",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:GetKeyPolicy",
  "kms:GetKeyRotationStatus",
  "kms:ListKeyPolicies",
  "kms:ListResourceTags",
  "kms:PutKeyPolicy",
  "kms:ScheduleKeyDeletion",
  "kms:TagResource",
  "kms:UntagResource",
  "kms:UpdateKeyDescription",
];

/**
 * Thirty retries within the hour that SNS allows: three a second apart, then less and less often, then each two minutes.
 */
const RETRIES = {
  numRetries: 30,
  numNoDelayRetries: 0,
  numMinDelayRetries: 3,
  minDelayTarget: Duration.seconds(1),
  numMaxDelayRetries: 20,
  maxDelayTarget: Duration.seconds(120),
  backoffFunction: BackoffFunction.EXPONENTIAL,
} satisfies DeliveryPolicy["healthyRetryPolicy"];

export interface ChangesTopicProps {
  /**
   * The app's endpoint, which confirms the subscription by itself.
   * @default - nobody is subscribed; the app subscribes a queue or an endpoint of its own
   */
  readonly endpoint: string | undefined;
  /** Messages a second that the endpoint gets at most. */
  readonly perSecond: number;
}

/** The changes topic is encrypted with SNS's own key, which functions of the account may use. */
export class ChangesTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: ChangesTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, "Topic", {
      masterKey: Alias.fromAliasName(this, "SnsKey", "alias/aws/sns"),
      enforceSSL: true,
      // What endpoints verify: RSA with SHA-256, where SNS's usual one is SHA-1.
      signatureVersion: "2",
    });
    if (props.endpoint !== undefined) this.subscribe(props.endpoint, props.perSecond);
  }

  /** CloudFormation knows a delivery policy of subscriptions, none of topics: an app that subscribes by itself brings its own. */
  private subscribe(endpoint: string, perSecond: number): void {
    const subscription = new Subscription(this, "Endpoint", {
      topic: this.topic,
      endpoint,
      protocol: endpoint.startsWith("https:") ? SubscriptionProtocol.HTTPS : SubscriptionProtocol.HTTP,
      deliveryPolicy: { throttlePolicy: { maxReceivesPerSecond: perSecond }, healthyRetryPolicy: RETRIES },
    });
    Validations.of(subscription).acknowledge({
      id: "Serverless-SNSRedrivePolicy",
      reason: "What an endpoint missed for longer than its retries it asks for: GET changes?from=N answers for 30 days.",
    });
  }
}

export interface AlertsTopicProps {
  /**
   * Address that receives each alert; AWS sends it a confirmation first.
   * @default - nobody is subscribed
   */
  readonly email: string | undefined;
}

/** The alerts topic has a key of its own: CloudWatch's alarms cannot use SNS's. */
export class AlertsTopic extends Construct {
  readonly topic: Topic;
  readonly key: Key;

  constructor(scope: Construct, id: string, props: AlertsTopicProps) {
    super(scope, id);
    this.key = new Key(this, "Key", {
      description: "Calferry: alerts on their way to people",
      enableKeyRotation: true,
      pendingWindow: Duration.days(7),
      policy: new PolicyDocument({
        // In a key's policy "*" means the key itself.
        statements: [new PolicyStatement({ actions: KEY_ACTIONS, principals: [new AccountRootPrincipal()], resources: ["*"] })],
      }),
      // It protects messages under way and nothing at rest.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.topic = new Topic(this, "Topic", { masterKey: this.key, enforceSSL: true });
    this.allowAlarms();
    if (props.email !== undefined) this.topic.addSubscription(new EmailSubscription(props.email));
    Validations.of(this.topic).acknowledge({
      id: "Serverless-SNSRedrivePolicy",
      reason: "An alert that no mail server takes is not lost: it tells of a dead letter, which stays open in the table.",
    });
  }

  /** A topic with a policy loses SNS's default one, under which the account's alarms could publish. */
  private allowAlarms(): void {
    const stack = Stack.of(this);
    const alarms = stack.formatArn({
      service: "cloudwatch",
      resource: "alarm",
      resourceName: "*",
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const fromAlarms = {
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
      conditions: { StringEquals: { "aws:SourceAccount": stack.account }, ArnLike: { "aws:SourceArn": alarms } },
    };
    this.topic.addToResourcePolicy(
      new PolicyStatement({ ...fromAlarms, actions: ["sns:Publish"], resources: [this.topic.topicArn] }),
    );
    this.key.addToResourcePolicy(
      new PolicyStatement({ ...fromAlarms, actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: ["*"] }),
    );
  }
}
