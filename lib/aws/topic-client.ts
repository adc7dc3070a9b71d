/** The part of SNS that Calferry speaks. */
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import type { PublishCommandInput } from "@aws-sdk/client-sns";

import { clientConfig, rethrowFrom } from "./try-again.ts";
import type { ClientSettings } from "./try-again.ts";

export class TopicClient {
  private readonly client: SNSClient;

  constructor(settings: ClientSettings = {}) {
    this.client = new SNSClient(clientConfig(settings));
    this.client.middlewareStack.add((next) => (args) => next(args).catch(rethrowFrom("SNS")), { step: "initialize" });
  }

  async publish(message: PublishCommandInput): Promise<void> {
    await this.client.send(new PublishCommand(message));
  }
}
