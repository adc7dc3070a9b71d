/** A queue of tasks: sent ten at a time, every one of them or an error. */
import { createHash } from "node:crypto";

import type { SendMessageBatchRequestEntry } from "@aws-sdk/client-sqs";

import type { DownloadTask, ExportTask, ImportTask, Task } from "../contract/task.ts";
import type { PacedTask } from "../sync/run-tick.ts";
import type { QueueClient } from "./queue-client.ts";
import { unavailable } from "./try-again.ts";

/** SQS's limits of one batch and of a group's name. */
const BATCH_SIZE = 10;
const GROUP_LENGTH = 128;
const TRIES = 4;

type Outgoing = { readonly task: Task; readonly group: string; readonly delaySeconds: number };

export class TaskQueue {
  private readonly client: Pick<QueueClient, "sendBatch">;
  private readonly url: string;

  constructor(client: Pick<QueueClient, "sendBatch">, url: string) {
    this.client = client;
    this.url = url;
  }

  /** Grouped by host: a host with very many tasks must not hold up the others. */
  async sendImports(tasks: readonly PacedTask[]): Promise<void> {
    await this.sendAll(tasks.map(({ task, host, delaySeconds }) => ({ task, group: host, delaySeconds })));
  }

  async sendUrgent(task: ImportTask, delaySeconds = 0): Promise<void> {
    await this.sendAll([{ task, group: task.calendarId, delaySeconds }]);
  }

  async sendExports(tasks: readonly ExportTask[], delaySeconds: number): Promise<void> {
    await this.sendAll(tasks.map((task) => ({ task, group: task.feedId, delaySeconds })));
  }

  async sendDownloads(tasks: readonly DownloadTask[], delaySeconds: number): Promise<void> {
    await this.sendAll(tasks.map((task) => ({ task, group: task.downloadId, delaySeconds })));
  }

  private async sendAll(outgoing: readonly Outgoing[]): Promise<void> {
    for (let at = 0; at < outgoing.length; at += BATCH_SIZE) {
      await this.sendBatch(outgoing.slice(at, at + BATCH_SIZE).map((one, index) => entryOf(one, String(index))));
    }
  }

  /** Sends again only what SQS refused through no fault of ours. */
  private async sendBatch(entries: readonly SendMessageBatchRequestEntry[]): Promise<void> {
    let pending = entries;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const failed = await this.client.sendBatch(this.url, pending);
      const fault = failed.find(({ SenderFault: isOurs }) => isOurs);
      if (fault !== undefined)
        throw new Error(`SQS refused a task with ${fault.Code}, wanted it taken; look at the task's fields`);
      const ids = new Set(failed.map(({ Id: id }) => id));
      pending = pending.filter(({ Id: id }) => ids.has(id));
      if (pending.length === 0) return;
    }
    throw unavailable(`SQS left ${pending.length} of ${entries.length} tasks unsent ${TRIES} times, wanted none`);
  }
}

function entryOf({ task, group, delaySeconds }: Outgoing, id: string): SendMessageBatchRequestEntry {
  return { Id: id, MessageBody: JSON.stringify(task), MessageGroupId: groupName(group), DelaySeconds: delaySeconds };
}

function groupName(group: string): string {
  return group.length <= GROUP_LENGTH ? group : createHash("sha256").update(group).digest("hex");
}
