/** An API key; only its SHA-256 is stored. */
import * as z from "zod";

export const Key = z.object({
  version: z.literal(1),
  keyHash: z.string(),
  label: z.string(),
  scope: z.literal("admin"),
  state: z.enum(["active", "revoked"]),
  createdAt: z.string(),
});
export type Key = z.infer<typeof Key>;
