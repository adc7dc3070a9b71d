/** Pauses and resumes what a queue feeds, as an operator does: its tasks wait and lose no attempt. */
import { LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";

import { REGION } from "./deployment.ts";

export class EventSources {
  readonly #client: LambdaClient;

  constructor(endpoint: string) {
    this.#client = new LambdaClient({ endpoint, region: REGION, credentials: { accessKeyId: "test", secretAccessKey: "test" } });
  }

  async pause(queueUrl: string): Promise<void> {
    await this.#set(queueUrl, false);
  }

  async resume(queueUrl: string): Promise<void> {
    await this.#set(queueUrl, true);
  }

  close(): void {
    this.#client.destroy();
  }

  async #set(queueUrl: string, isEnabled: boolean): Promise<void> {
    const { EventSourceMappings = [] } = await this.#client.send(new ListEventSourceMappingsCommand({}));
    // A queue's ARN ends as its URL does: with its name.
    const name = queueUrl.split("/").at(-1);
    const mapping = EventSourceMappings.find(({ EventSourceArn: arn }) => arn?.split(":").at(-1) === name);
    if (mapping === undefined) throw new Error(`queue ${name} feeds no function, wanted one; look at the deployed event sources`);
    await this.#client.send(new UpdateEventSourceMappingCommand({ UUID: mapping.UUID, Enabled: isEnabled }));
  }
}
