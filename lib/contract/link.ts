/** What a feed's links are asked for with, by the API's routes and the terminal. */
import * as z from "zod";

const LABEL_LENGTH = 100;
const GRACE_DAYS = 7;
const GRACE_DAYS_LIMIT = 90;

/** Body of POST /v1/feeds/{feedId}/links. */
export const LinkDraft = z.strictObject({
  label: z.string().trim().min(1).max(LABEL_LENGTH).describe("who has it or what it is for"),
  expiresAt: z.iso.datetime().optional().describe("UTC instant from which the link is dead"),
});
export type LinkDraft = z.infer<typeof LinkDraft>;

/** Query of what makes a secret. */
export const NewLinkQuery = z.strictObject({
  qr: z.literal("svg").optional().describe("adds the webcal address as a QR code"),
});
export type NewLinkQuery = z.infer<typeof NewLinkQuery>;

/** Query of POST /v1/feeds/{feedId}/links/{linkId}/rotate. */
export const RotateLinkQuery = NewLinkQuery.extend({
  graceDays: z.coerce
    .number()
    .int()
    .min(0)
    .max(GRACE_DAYS_LIMIT)
    .default(GRACE_DAYS)
    .describe("days that the old secret works beside the new one; 0: it is dead at once"),
});
export type RotateLinkQuery = z.infer<typeof RotateLinkQuery>;
