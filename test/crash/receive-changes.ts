/** The app that follows the changes: takes every message that the topic brought it since the beginning. */
import { ChangeMessage } from "../../lib/contract/change.ts";
import { Receiver } from "../sim/receiver.ts";
import type { Observation } from "./observation.ts";

export async function receivedBy(queueUrl: string, { queues }: Observation): Promise<Receiver> {
  const receiver = new Receiver((key) => {
    throw new Error(`a change came as the object ${key}, wanted it in its message: nothing here is that large`);
  });
  for (;;) {
    const messages = await queues.receive(queueUrl);
    if (messages.length === 0) return receiver;
    for (const { body, receiptHandle } of messages) {
      const change = ChangeMessage.safeParse(JSON.parse(body)).data;
      if (change !== undefined) receiver.hear(change);
      await queues.remove(queueUrl, receiptHandle);
    }
  }
}
