/** An API key; only its SHA-256 is stored. */
import * as z from "zod";

import { PageQuery } from "./page.ts";

const LABEL_LENGTH = 100;
const OwnerId = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/u);

export const Key = z.object({
  version: z.literal(1),
  keyHash: z.string(),
  label: z.string(),
  scope: z.enum(["admin", "owner"]),
  /** Whose things a key of scope `owner` reaches. */
  ownerId: z.string().optional(),
  state: z.enum(["active", "revoked"]),
  createdAt: z.string(),
  /** UTC instant from which it is refused. Not `expiresAt`: that field of an item is the table's own clock. */
  endsAt: z.string().optional(),
  revokedAt: z.string().optional(),
  /** Exact to an hour. */
  lastUsedAt: z.string().optional(),
});
export type Key = z.infer<typeof Key>;

/** Body of POST /v1/keys and arguments of `calferry key create`. */
export const KeyDraft = z.strictObject({
  label: z.string().trim().min(1).max(LABEL_LENGTH).describe("who has it or what it is for"),
  ownerId: OwnerId.optional().describe("whose things it reaches; without one it is an admin key"),
  expiresAt: z.iso.datetime().optional().describe("UTC instant from which it is refused"),
});
export type KeyDraft = z.infer<typeof KeyDraft>;

export const KeyPageQuery = PageQuery.extend({ owner: OwnerId.optional().describe("keys of this owner alone") });

/** What is shown of a key. */
export const KeyView = z
  .object({
    keyId: z.string(),
    label: z.string(),
    scope: z.enum(["admin", "owner"]),
    ownerId: z.string().optional(),
    state: z.enum(["active", "expired", "revoked"]),
    createdAt: z.string(),
    expiresAt: z.string().optional(),
    lastUsedAt: z.string().optional().describe("exact to an hour; absent: never used"),
    revokedAt: z.string().optional(),
  })
  .meta({ id: "Key", description: "A key of the API; the secret itself was shown once, when it was made." });
export type KeyView = z.infer<typeof KeyView>;

export const CreatedKey = KeyView.extend({ key: z.string().describe("secret, and shown this once") }).meta({
  id: "CreatedKey",
  description: "A new key with its secret.",
});
export type CreatedKey = z.infer<typeof CreatedKey>;
