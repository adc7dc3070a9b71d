/** Keys of the API in memory, under the conditions of the table. */
import type { Key } from "../../lib/contract/key.ts";
import { keyIdOf } from "../../lib/core/keys.ts";
import type { KeyBook, Page, PageRequest } from "../../lib/sync/registry.ts";
import { pageOf } from "./pages.ts";

export class MemoryKeys implements KeyBook {
  /** By hash. */
  readonly stored = new Map<string, Key>();

  async key(keyHash: string): Promise<Key | undefined> {
    return structuredClone(this.stored.get(keyHash));
  }

  async keyById(keyId: string): Promise<Key | undefined> {
    return structuredClone([...this.stored.values()].find((key) => keyIdOf(key) === keyId));
  }

  async keys(ownerId: string | undefined, page: PageRequest): Promise<Page<Key>> {
    return pageOf(
      [...this.stored.values()].filter((key) => ownerId === undefined || key.ownerId === ownerId),
      page,
    );
  }

  async putKey(key: Key): Promise<void> {
    this.stored.set(key.keyHash, structuredClone(key));
  }

  async revokeKey(keyHash: string, at: string): Promise<void> {
    const key = this.stored.get(keyHash);
    if (key?.state === "active") this.stored.set(keyHash, { ...key, state: "revoked", revokedAt: at });
  }

  async markKeyUsed({ keyHash }: Key, at: string, before: string): Promise<void> {
    const key = this.stored.get(keyHash);
    const isOld = key?.lastUsedAt === undefined || key.lastUsedAt <= before;
    if (key !== undefined && isOld) this.stored.set(keyHash, { ...key, lastUsedAt: at });
  }
}
