/** What is said of an owner as such: that it is paused, suspended, or being erased. An owner of whom nothing is said has no record. */
import * as z from "zod";

import { BulkItem } from "./bulk.ts";

const CURSOR_LIMIT = 3000;

/**
 * Where an erasure stands: its things one by one, then whatever else in the table names them, a while in which workers end what they had begun,
 * all of it a second time, and last what tells of them.
 */
export const Erasure = z.object({
  round: z.union([z.literal(1), z.literal(2)]),
  step: z.enum(["things", "rest", "settling", "remains"]),
  /** Where the look through the table goes on. */
  cursor: z.string().optional(),
  /** UTC instant at which `settling` ends. */
  until: z.string().optional(),
});
export type Erasure = z.infer<typeof Erasure>;

export const Owner = z.object({
  version: z.literal(1),
  ownerId: z.string(),
  /** `paused`: its calendars alone are stopped, its keys are taken. */
  state: z.enum(["paused", "suspended", "erasing"]),
  /** UTC instant. */
  since: z.string(),
  erasure: Erasure.optional(),
});
export type Owner = z.infer<typeof Owner>;

export const OwnerView = z
  .object({
    ownerId: z.string(),
    state: z.enum(["active", "paused", "suspended", "erasing"]),
    since: z.string().optional().describe("when it was paused or suspended, or its erasure began"),
  })
  .meta({ id: "Owner", description: "Whether an owner's keys are taken and its calendars run." });
export type OwnerView = z.infer<typeof OwnerView>;

/** Body of POST /v1/owners/{ownerId}/suspend and /resume. */
export const OwnerPart = z.strictObject({
  dryRun: z.boolean().default(false).describe("says what would be done"),
  cursor: z.string().min(1).max(CURSOR_LIMIT).optional().describe("what the part before gave as cursor"),
});
export type OwnerPart = z.infer<typeof OwnerPart>;

export const OwnerReport = z
  .object({
    owner: OwnerView,
    dryRun: z.boolean(),
    items: z.array(BulkItem).readonly(),
    seen: z.number().int().nonnegative(),
    cursor: z.string().optional().describe("asks for the next part; absent after the last"),
  })
  .meta({ id: "OwnerReport", description: "What one part came to, calendar by calendar." });
export type OwnerReport = z.infer<typeof OwnerReport>;

/** Body of POST /v1/owners/{ownerId}/erase. */
export const EraseRequest = z.strictObject({
  confirm: z.string().min(1).max(40).optional().describe("the owner's id once more, unless it is a dry run"),
  dryRun: z.boolean().default(false).describe("counts what there is"),
  cursor: z.string().min(1).max(CURSOR_LIMIT).optional().describe("of a dry run: what the part before gave as cursor"),
});
export type EraseRequest = z.infer<typeof EraseRequest>;

export const EraseReport = z
  .object({
    ownerId: z.string(),
    dryRun: z.boolean(),
    state: z
      .enum(["erasing", "settling", "erased", "counting", "counted"])
      .describe("erasing, counting: ask again at once; settling: ask again after `until`"),
    until: z.string().optional(),
    counts: z.record(z.string(), z.number().int().nonnegative()).describe("things by kind: of this part, deleted or counted"),
    names: z.array(z.string()).readonly().describe("the first names among them"),
    cursor: z.string().optional().describe("of a dry run: asks for the next part"),
  })
  .meta({ id: "EraseReport", description: "What one part of an erasure did, or would do." });
export type EraseReport = z.infer<typeof EraseReport>;
