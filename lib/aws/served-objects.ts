/** Objects as subscribers get them: their bytes as they lie, or a url that works for a while. */
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

import type { ObjectClient } from "./object-client.ts";

export class ServedObjects {
  private readonly client: ObjectClient;

  constructor(client: ObjectClient) {
    this.client = client;
  }

  async getBytes(key: string): Promise<Uint8Array> {
    return await this.client.get(key);
  }

  async sign(key: string, seconds: number): Promise<string> {
    const command = new GetObjectCommand({ Bucket: this.client.bucket, Key: key });
    return await getSignedUrl(this.client.s3, command, { expiresIn: seconds });
  }
}
