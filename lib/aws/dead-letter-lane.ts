/** What lies in a dead letter queue, for whoever sends it again without the alert function. */
import type { LyingMessage } from "../sync/redrive-letters.ts";
import type { QueueClient } from "./queue-client.ts";

const EMPTY_BEFORE_END = 2;

export class DeadLetterLane {
  readonly name: string;
  private readonly client: Pick<QueueClient, "receive" | "remove" | "release">;
  private readonly url: string;

  constructor(name: string, client: Pick<QueueClient, "receive" | "remove" | "release">, url: string) {
    this.name = name;
    this.client = client;
    this.url = url;
  }

  /** A receive asks a few of SQS's servers, so that one empty answer does not mean an empty queue. */
  async *lying(): AsyncGenerator<LyingMessage> {
    const seen = new Set<string>();
    let vain = 0;
    while (vain < EMPTY_BEFORE_END) {
      const received = await this.client.receive(this.url);
      const news = received.filter(({ messageId }) => !seen.has(messageId));
      vain = news.length === 0 ? vain + 1 : 0;
      for (const message of received.filter(({ messageId }) => seen.has(messageId))) await this.putBack(message);
      for (const { messageId } of news) seen.add(messageId);
      yield* news;
    }
  }

  async remove({ receiptHandle }: LyingMessage): Promise<void> {
    await this.client.remove(this.url, receiptHandle);
  }

  async putBack({ receiptHandle }: LyingMessage): Promise<void> {
    await this.client.release(this.url, receiptHandle);
  }
}
