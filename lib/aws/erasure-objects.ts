/** The objects of a thing whose owner is erased: everything below its prefixes. */
import type { ErasureObjects } from "../sync/erasure.ts";
import type { ObjectClient } from "./object-client.ts";

type Target = Parameters<ErasureObjects["deleteObjects"]>[0];

export class ErasureBucket {
  private readonly client: ObjectClient;

  constructor(client: ObjectClient) {
    this.client = client;
  }

  async deleteObjects(target: Target): Promise<void> {
    for (const prefix of prefixesOf(target)) {
      const stored = await this.client.list(prefix);
      await this.client.delete(stored.map(({ key }) => key));
    }
  }
}

function prefixesOf({ kind, id }: Target): readonly string[] {
  switch (kind) {
    case "calendar":
      return [`snapshots/${id}/`, `changes/${id}/`];
    case "feed":
      return [`feeds/${id}/`];
    case "download":
      return [`downloads/${id}/`];
    case "letter":
      return [`letters/${id}/`];
    case "key":
      return [];
  }
}
