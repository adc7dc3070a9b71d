/** What a repeated request means, and how an answer is kept that only its caller can read. */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync } from "node:crypto";

import { SealedContent } from "../contract/idempotency.ts";
import type { IdempotencyRecord } from "../contract/idempotency.ts";
import { Refusal } from "./failure.ts";

/** Two keys of one caller and one Idempotency-Key: one for hashes, one for answers. */
export type Seals = { readonly hash: Uint8Array; readonly answer: Uint8Array };

const DAY_MS = 86_400_000;
/** Longer than the API's function may run: what did not end by then was killed. */
const CLAIM_MS = 60_000;
const KEY_BYTES = 32;
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** DynamoDB takes 400 KB an item. */
const SEALED_LIMIT = 380_000;

/** Name of the record: one caller's key is never another's. */
export function idempotencyId(keyId: string, idempotencyKey: string): string {
  return createHash("sha256").update(`${keyId}\n${idempotencyKey}`).digest("hex");
}

/** From the bearer secret, of which the table has the hash alone: who reads the table reads no answer. RFC 5869. */
export function sealsOf(secret: string, id: string): Seals {
  const derive = (use: string): Uint8Array =>
    new Uint8Array(hkdfSync("sha256", secret, id, `calferry idempotency ${use}`, KEY_BYTES));
  return { hash: derive("request"), answer: derive("answer") };
}

/** Keyed, for a body may hold a password that a plain hash would let anybody guess. */
export function hashRequest(method: string, target: string, body: Uint8Array, { hash }: Seals): string {
  return createHmac("sha256", hash).update(`${method}\n${target}\n`).update(body).digest("hex");
}

export function newClaim(requestHash: string, claimId: string, now: Date): IdempotencyRecord {
  const after = (ms: number): string => new Date(now.getTime() + ms).toISOString();
  return { version: 1, requestHash, claimId, claimedUntil: after(CLAIM_MS), endsAt: after(DAY_MS) };
}

export type Standing =
  /** Nobody is at it: whoever saves the next claim is. */
  { readonly kind: "free" } | { readonly kind: "answered"; readonly answer: NonNullable<IdempotencyRecord["answer"]> };

/** Throws `idempotency-key-reused` for another request, `idempotency-in-progress` while the first one is under way. */
export function standingOf(record: IdempotencyRecord | undefined, requestHash: string, now: Date): Standing {
  const at = now.toISOString();
  if (record === undefined || record.endsAt <= at) return { kind: "free" };
  if (record.requestHash !== requestHash) throw reused();
  if (record.answer !== undefined) return { kind: "answered", answer: record.answer };
  if (record.claimedUntil > at) throw inProgress();
  return { kind: "free" };
}

function reused(): Refusal {
  const what = "the Idempotency-Key came with another request before, wanted the same method, path, query and body";
  return new Refusal("idempotency-key-reused", what, "send a new key with a new request, or the request as it was");
}

export function inProgress(): Refusal {
  const what = "a request with this Idempotency-Key is under way, wanted its end";
  return new Refusal("idempotency-in-progress", what, "send the same request with the same key again in a second");
}

/** The request was done; what it was answered was too large to keep. */
export function answerLost({ status, location }: NonNullable<IdempotencyRecord["answer"]>): Refusal {
  const what = `the request was done and answered ${status}, but the answer was too large to be kept, wanted at most ${SEALED_LIMIT} bytes`;
  return new Refusal(
    "idempotency-answer-lost",
    what,
    location === undefined ? "look at what it changed" : `ask for it: GET ${location}`,
  );
}

/** Encrypted (AES-256-GCM); undefined where that is too large for a record. */
export function sealAnswer(
  { headers, body }: SealedContent,
  { answer }: Seals,
  nonce: Uint8Array,
): Uint8Array<ArrayBuffer> | undefined {
  const cipher = createCipheriv("aes-256-gcm", answer, nonce);
  const text = Buffer.from(JSON.stringify({ headers, body }));
  const sealed = Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  return sealed.length > SEALED_LIMIT ? undefined : new Uint8Array(sealed);
}

export function openAnswer(sealed: Uint8Array, { answer }: Seals): SealedContent {
  const decipher = createDecipheriv("aes-256-gcm", answer, sealed.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const text = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  return SealedContent.parse(JSON.parse(text.toString()));
}
