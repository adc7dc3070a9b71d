/** A queue of tasks and its dead letter queue. */
import { Duration, Stack, Validations } from "aws-cdk-lib";
import { Queue, QueueEncryption, RedrivePermission } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

/** How often SQS hands a message out before it moves it; workers give up long before, so it means `worker-crashed`. */
const MAX_RECEIVE_COUNT = 12;

const RETENTION = Duration.days(10);

/** Longer than the queue's own, for SQS counts a dead letter's age from its first send. */
const DEAD_LETTER_RETENTION = Duration.days(14);

export interface TaskQueueProps {
  /** Last part of the queue's name. */
  readonly purpose: string;
  /** Timeout of the function that works the queue. */
  readonly workerTimeout: Duration;
  /** How long that function's event source gathers a batch. */
  readonly batchingWindow: Duration;
  /** Timeout of the function that drains the dead letters. */
  readonly alertTimeout: Duration;
}

export class TaskQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: TaskQueueProps) {
    super(scope, id);
    const stack = Stack.of(this);
    // Named, because the two queues name each other: only a known name keeps CloudFormation out of a circle.
    const queueName = `${stack.stackName}-${props.purpose}`;
    this.deadLetters = new DeadLetterQueue(this, "DeadLetters", {
      alertTimeout: props.alertTimeout,
      sourceArn: stack.formatArn({ service: "sqs", resource: queueName }),
    }).queue;
    this.queue = new Queue(this, "Queue", {
      queueName,
      visibilityTimeout: visibilityFor(props.workerTimeout, props.batchingWindow),
      retentionPeriod: RETENTION,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
  }
}

export interface DeadLetterQueueProps {
  readonly alertTimeout: Duration;
  /**
   * The queue whose messages end here.
   * @default - none: services send to it, and no queue may redrive into it
   */
  readonly sourceArn?: string;
}

export class DeadLetterQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, props: DeadLetterQueueProps) {
    super(scope, id);
    const { sourceArn } = props;
    this.queue = new Queue(this, "Queue", {
      redriveAllowPolicy:
        sourceArn === undefined
          ? { redrivePermission: RedrivePermission.DENY_ALL }
          : {
              redrivePermission: RedrivePermission.BY_QUEUE,
              sourceQueues: [Queue.fromQueueArn(this, "Source", sourceArn)],
            },
      visibilityTimeout: visibilityFor(props.alertTimeout, Duration.seconds(0)),
      retentionPeriod: DEAD_LETTER_RETENTION,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    Validations.of(this.queue).acknowledge({
      id: "Serverless-SQSRedrivePolicy",
      reason: "It is the end of the way: what the alert function cannot record stays for 14 days, and an alarm tells of it.",
    });
  }
}

/** Lambda's rule for SQS event sources: six times the timeout, and the window on top. */
function visibilityFor(timeout: Duration, window: Duration): Duration {
  return Duration.seconds(6 * timeout.toSeconds() + window.toSeconds());
}
