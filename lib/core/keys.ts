/** Keys of the API: which one opens it now, and what is shown of one. */
import type { Key, KeyView } from "../contract/key.ts";
import { Refusal } from "./failure.ts";
import { shown } from "./refusals.ts";

/** Enough to tell a deployment's keys apart; of the 256 bits too few to help anybody. */
const ID_LENGTH = 16;
const MARK_MS = 3_600_000;

/** A key's public name: the beginning of its secret's hash, so that keys of every age have one. */
export function keyIdOf({ keyHash }: Pick<Key, "keyHash">): string {
  return keyHash.slice(0, ID_LENGTH);
}

export function keyView(key: Key, now: Date): KeyView {
  const { label, scope, ownerId, createdAt, endsAt, lastUsedAt, revokedAt } = key;
  const state = standingOf(key, now);
  return { keyId: keyIdOf(key), label, scope, ownerId, state, createdAt, expiresAt: endsAt, lastUsedAt, revokedAt };
}

export function standingOf({ state, endsAt }: Key, now: Date): KeyView["state"] {
  if (state === "revoked") return "revoked";
  return endsAt !== undefined && endsAt <= now.toISOString() ? "expired" : "active";
}

/** Marks of use before this instant are old: a use is written down at most once an hour. */
export function keyMarkedBefore(now: Date): string {
  return new Date(now.getTime() - MARK_MS).toISOString();
}

export function unknownKey(keyId: string): Refusal {
  const what = `no key ${shown(keyId)}, wanted the id of one`;
  return new Refusal("key-unknown", what, "list them with: calferry key list");
}
