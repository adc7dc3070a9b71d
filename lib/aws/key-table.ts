/**
 * API keys in the table, found by the SHA-256 of their secret: one consistent read for each request. People find them by two more ways, so
 * that no listing scans: a pointer by id, which is in the index below "*", and the key itself, which is in the index below its owner.
 */
import { Key } from "../contract/key.ts";
import { keyIdOf } from "../core/keys.ts";
import type { Page, PageRequest } from "../sync/registry.ts";
import { readOwned } from "./pages.ts";
import type { Item, Key as ItemKey } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

/** No owner's name: an owner has letters, digits, - and _. */
const EVERYONE = "*";

export class KeyTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async key(keyHash: string): Promise<Key | undefined> {
    const item = await this.table.get(keyKey(keyHash));
    return item === undefined ? undefined : Key.parse(item);
  }

  async keyById(keyId: string): Promise<Key | undefined> {
    const pointer = await this.table.get(pointerKey(keyId));
    return pointer === undefined ? undefined : await this.key(String(pointer["keyHash"]));
  }

  /** One owner's keys by age, or all. Read again by their hash, for the index lags and a revoked key must show as such. */
  async keys(ownerId: string | undefined, page: PageRequest): Promise<Page<Key>> {
    const listed = await readOwned(this.table, ownerId ?? EVERYONE, "KEY#", page);
    const items = await this.table.getAll(listed.items.map(({ keyHash }) => keyKey(String(keyHash))));
    const found = new Map(items.map((item) => [item["keyHash"], item]));
    return { ...listed, items: listed.items.flatMap(({ keyHash }) => parsed(found.get(keyHash))) };
  }

  /** The pointer goes first: a key that opens the API can be revoked. */
  async putKey(key: Key): Promise<void> {
    await this.table.put(pointerItem(key));
    await this.table.put({ ...keyKey(key.keyHash), ...key, ...(key.ownerId === undefined ? {} : { ownedKey: ownedKeyOf(key) }) });
  }

  async revokeKey(keyHash: string, at: string): Promise<void> {
    const isActive = { expression: "#state = :active", values: { ":active": "active" } };
    await this.table.update(keyKey(keyHash), { set: { state: "revoked", revokedAt: at } }, isActive);
  }

  /** Where it was not marked since `before`. The first use makes the pointer, which keys of older releases have not. */
  async markKeyUsed(key: Key, at: string, before: string): Promise<void> {
    if (key.lastUsedAt === undefined) await this.table.put(pointerItem(key));
    const isOld = "attribute_exists(#pk) AND (attribute_not_exists(#lastUsedAt) OR #lastUsedAt <= :before)";
    await this.table.update(
      keyKey(key.keyHash),
      { set: { lastUsedAt: at } },
      { expression: isOld, values: { ":before": before } },
    );
  }
}

function keyKey(keyHash: string): ItemKey {
  return { pk: `KEY#${keyHash}`, sk: "META" };
}

function pointerKey(keyId: string): ItemKey {
  return { pk: `KEYID#${keyId}`, sk: "META" };
}

function pointerItem(key: Key): ItemKey & Item {
  return { ...pointerKey(keyIdOf(key)), version: 1, keyHash: key.keyHash, ownerId: EVERYONE, ownedKey: ownedKeyOf(key) };
}

/** Sort key of the index `byOwner`: by age. */
function ownedKeyOf(key: Key): string {
  return `KEY#${key.createdAt}#${keyIdOf(key)}`;
}

function parsed(item: Item | undefined): Key[] {
  return item === undefined ? [] : [Key.parse(item)];
}
