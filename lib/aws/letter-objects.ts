/** Bodies of messages that are too large for a dead letter's record. */
import { shortHash } from "../core/object-keys.ts";
import type { ObjectClient } from "./object-client.ts";

export class LetterObjects {
  private readonly client: ObjectClient;

  constructor(client: ObjectClient) {
    this.client = client;
  }

  async putLetterBody(letterId: string, body: string): Promise<string> {
    const key = `letters/${letterId}/${shortHash(body)}`;
    await this.client.put(key, Buffer.from(body), { contentType: "text/plain; charset=utf-8" });
    return key;
  }
}
