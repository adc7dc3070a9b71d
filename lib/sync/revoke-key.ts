/** Revoke an API key: the next request with it is refused, for each request reads its record. */
import type { Key } from "../contract/key.ts";
import { unknownKey } from "../core/keys.ts";
import type { KeyBook } from "./registry.ts";

/** The key as it is then; one that was revoked before stays as it was. Throws `key-unknown`. */
export async function revokeKey(
  keyId: string,
  keys: Pick<KeyBook, "key" | "keyById" | "revokeKey">,
  now: () => Date,
): Promise<Key> {
  const key = await keys.keyById(keyId);
  if (key === undefined) throw unknownKey(keyId);
  if (key.state === "revoked") return key;
  await keys.revokeKey(key.keyHash, now().toISOString());
  return (await keys.key(key.keyHash)) ?? key;
}
