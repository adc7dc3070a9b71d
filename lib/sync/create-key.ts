/** Make an API key: its secret is shown once, its hash is kept. */
import type { CreatedKey, Key, KeyDraft } from "../contract/key.ts";
import { Refusal } from "../core/failure.ts";
import { keyView } from "../core/keys.ts";
import { shown } from "../core/refusals.ts";
import { hashSecret, secretFrom } from "../core/secret.ts";
import type { KeyBook } from "./registry.ts";

export type CreateKeyPorts = { readonly keys: Pick<KeyBook, "putKey"> };
export type CreateKeyContext = { readonly now: () => Date; readonly randomBytes: (size: number) => Uint8Array };

const SECRET_BYTES = 24;
/** Lets a secret scanner know what it found. */
const PREFIX = "cf_";

/** Throws `body-invalid` for an end that is past; then nothing is written. */
export async function createKey(draft: KeyDraft, { keys }: CreateKeyPorts, context: CreateKeyContext): Promise<CreatedKey> {
  const now = context.now();
  const { label, ownerId, expiresAt } = draft;
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now.getTime()) throw past(expiresAt, now);
  const secret = PREFIX + secretFrom(context.randomBytes(SECRET_BYTES));
  const key: Key = {
    version: 1,
    keyHash: hashSecret(secret),
    label,
    ...(ownerId === undefined ? { scope: "admin" } : { scope: "owner", ownerId }),
    state: "active",
    createdAt: now.toISOString(),
    endsAt: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
  };
  await keys.putKey(key);
  return { key: secret, ...keyView(key, now) };
}

function past(expiresAt: string, now: Date): Refusal {
  const wanted = `an instant after ${now.toISOString()}`;
  const what = `expiresAt is ${shown(expiresAt)}, wanted ${wanted}`;
  return new Refusal("body-invalid", what, "leave it away for a key without end", {
    details: { seen: shown(expiresAt), wanted },
  });
}
