/** A standard SQS queue in memory: delays, visibility, at least once, no order, and a dead-letter queue after too many receives. */
import type { DownloadTask, ExportTask, ImportTask, Task } from "../../lib/contract/task.ts";
import type { Failure } from "../../lib/core/failure.ts";
import type { DeadDelivery } from "../../lib/core/letters.ts";
import type { ExportQueue } from "../../lib/sync/finish-commit.ts";
import type { DeadLetterQueue } from "../../lib/sync/import-calendar.ts";
import type { DownloadQueue, RebuildQueue, UrgentQueue } from "../../lib/sync/replay-letter.ts";
import type { ImportQueue, PacedTask } from "../../lib/sync/run-tick.ts";
import type { Clock } from "./clock.ts";

/** What a worker adds to a message that it gives up. */
export type GivenUp = {
  readonly code: string;
  readonly reason: string;
  readonly host?: string | undefined;
  readonly attempts: number;
};
type Message = {
  readonly messageId: string;
  readonly body: string;
  readonly sentAtMs: number;
  readonly givenUp: GivenUp | undefined;
  visibleAtMs: number;
  receives: number;
};
export type Delivery = {
  readonly messageId: string;
  readonly body: string;
  readonly receives: number;
  readonly sentAtMs: number;
};

export type QueueOptions = {
  readonly name: string;
  readonly visibilitySeconds: number;
  /** Shared by all queues of a world: a message keeps its id in its dead-letter queue. */
  readonly newMessageId: () => string;
  /** @default none: nothing is moved */
  readonly deadLetters?: MemoryQueue;
};

/** As the stack sets it. */
const MAX_RECEIVE_COUNT = 12;
export class MemoryQueue {
  readonly name: string;
  readonly messages = new Map<string, Message>();
  /** Hears of each body that was sent. */
  observe: ((body: string) => void) | undefined;
  /** Hears of each task that was sent at a host's pace. */
  observePaced: ((task: ImportTask, host: string) => void) | undefined;
  /** Hears of each body whose message left this queue. */
  observeGone: ((body: string) => void) | undefined;
  private readonly clock: Clock;
  private readonly visibilityMs: number;
  private readonly newMessageId: () => string;
  private readonly deadLetters: MemoryQueue | undefined;

  constructor(clock: Clock, options: QueueOptions) {
    this.clock = clock;
    this.name = options.name;
    this.newMessageId = options.newMessageId;
    this.visibilityMs = options.visibilitySeconds * 1000;
    this.deadLetters = options.deadLetters;
  }

  send(body: string, delaySeconds = 0, givenUp?: GivenUp): void {
    if (delaySeconds < 0 || delaySeconds > 900 || !Number.isInteger(delaySeconds)) {
      throw new RangeError(`SQS takes a delay of 0 to 900 whole seconds, seen ${delaySeconds}`);
    }
    const sentAtMs = this.clock.nowMs;
    const message = {
      messageId: this.newMessageId(),
      body,
      sentAtMs,
      givenUp,
      visibleAtMs: sentAtMs + delaySeconds * 1000,
      receives: 0,
    };
    this.messages.set(message.messageId, message);
    this.observe?.(body);
  }

  /** Ids of what could be received now. */
  visible(): string[] {
    return [...this.messages.values()]
      .filter((message) => message.visibleAtMs <= this.clock.nowMs)
      .map(({ messageId }) => messageId);
  }

  /** Instant at which the next message turns visible. */
  nextVisibleAtMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { visibleAtMs } of this.messages.values()) nextMs = Math.min(nextMs, visibleAtMs);
    return nextMs;
  }

  /** Hands out one visible message, the oldest where none is named; undefined where it was moved to the dead letters instead. */
  receive(messageId = this.visible()[0] ?? ""): Delivery | undefined {
    const message = this.messages.get(messageId);
    if (message === undefined || message.visibleAtMs > this.clock.nowMs) return undefined;
    if (this.deadLetters !== undefined && message.receives >= MAX_RECEIVE_COUNT) {
      this.remove(messageId);
      this.deadLetters.messages.set(messageId, { ...message, visibleAtMs: this.clock.nowMs });
      return undefined;
    }
    message.receives += 1;
    message.visibleAtMs = this.clock.nowMs + this.visibilityMs;
    return { messageId, body: message.body, receives: message.receives, sentAtMs: message.sentAtMs };
  }

  acknowledge(messageId: string): void {
    this.remove(messageId);
  }

  postpone(messageId: string, seconds: number): void {
    const message = this.messages.get(messageId);
    if (message !== undefined) message.visibleAtMs = this.clock.nowMs + Math.max(1, Math.ceil(seconds)) * 1000;
  }

  /** The same message once more, at once. */
  double(messageId: string): void {
    const message = this.messages.get(messageId);
    if (message !== undefined) message.visibleAtMs = this.clock.nowMs;
  }

  /** What the alert function makes of a received message of this dead-letter queue. */
  deadDelivery(delivery: Delivery): DeadDelivery {
    const { messageId, body, sentAtMs, receives } = delivery;
    const given = this.messages.get(messageId)?.givenUp ?? { attempts: receives };
    return { messageId, body, queue: this.name, sentAt: new Date(sentAtMs).toISOString(), ...given };
  }

  /** Whether a message of this task is in the queue. */
  holds(taskId: string): boolean {
    const quoted = JSON.stringify(taskId);
    return [...this.messages.values()].some(({ body }) => body.includes(`"taskId":${quoted}`));
  }

  private remove(messageId: string): void {
    const message = this.messages.get(messageId);
    this.messages.delete(messageId);
    if (message !== undefined) this.observeGone?.(message.body);
  }
}

type Sends = (task: Task, delaySeconds: number, host?: string) => void;

/** The task queues' ports. A batch of them may fail in its middle, but here it is all or nothing. */
export class MemoryTaskQueue implements ImportQueue, ExportQueue, UrgentQueue, RebuildQueue, DownloadQueue {
  private readonly send: Sends;

  constructor(send: Sends) {
    this.send = send;
  }

  async sendImports(tasks: readonly PacedTask[]): Promise<void> {
    for (const { task, host, delaySeconds } of tasks) this.send(task, delaySeconds, host);
  }

  async sendUrgent(task: ImportTask, delaySeconds = 0): Promise<void> {
    this.send(task, delaySeconds);
  }

  async sendExports(tasks: readonly ExportTask[], delaySeconds: number): Promise<void> {
    for (const task of tasks) this.send(task, delaySeconds);
  }

  async sendDownloads(tasks: readonly DownloadTask[], delaySeconds: number): Promise<void> {
    for (const task of tasks) this.send(task, delaySeconds);
  }
}

export class MemoryDeadLetters implements DeadLetterQueue {
  private readonly queue: MemoryQueue;

  constructor(queue: MemoryQueue) {
    this.queue = queue;
  }

  async giveUp(task: Task, failure: Failure, attempts: number): Promise<void> {
    const { code, reason, host } = failure;
    this.queue.send(JSON.stringify(task), 0, { code, reason, host, attempts });
  }
}
