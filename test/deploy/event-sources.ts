/** Pauses and resumes what a queue feeds, as an operator does: its tasks wait and lose no attempt. */
import { LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from "@aws-sdk/client-lambda";
import type { EventSourceMappingConfiguration } from "@aws-sdk/client-lambda";

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

  async isOn(queueUrl: string): Promise<boolean> {
    return (await this.#of(queueUrl)).State === "Enabled";
  }

  close(): void {
    this.#client.destroy();
  }

  async #set(queueUrl: string, isEnabled: boolean): Promise<void> {
    const { UUID } = await this.#of(queueUrl);
    await this.#client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: isEnabled }));
  }

  async #of(queueUrl: string): Promise<EventSourceMappingConfiguration> {
    const { EventSourceMappings = [] } = await this.#client.send(new ListEventSourceMappingsCommand({}));
    // A queue's ARN ends as its URL does: with its name.
    const name = queueUrl.split("/").at(-1);
    const mapping = EventSourceMappings.find(({ EventSourceArn: arn }) => arn?.split(":").at(-1) === name);
    if (mapping === undefined) throw new Error(`queue ${name} feeds no function, wanted one; look at the deployed event sources`);
    return mapping;
  }
}
