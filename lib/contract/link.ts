/** Bodies and queries of a feed's links, as the API's routes and the terminal read them. */
import * as z from "zod";

const LABEL_LENGTH = 100;
const GRACE_DAYS = 7;
const GRACE_DAYS_LIMIT = 90;

/** Body of POST /v1/feeds/{feedId}/links. */
export const LinkDraft = z.strictObject({
  /** Who has it or what it is for. */
  label: z.string().trim().min(1).max(LABEL_LENGTH),
  /** UTC instant from which the link is dead. */
  expiresAt: z.iso.datetime().optional(),
});
export type LinkDraft = z.infer<typeof LinkDraft>;

/** Body of POST /v1/feeds/{feedId}/links/{linkId}/rotate. */
export const LinkRotation = z.strictObject({
  /** Days that the old secret works beside the new one; 0: it is dead at once. */
  graceDays: z.number().int().min(0).max(GRACE_DAYS_LIMIT).default(GRACE_DAYS),
});
export type LinkRotation = z.infer<typeof LinkRotation>;

/** `qr=svg` adds a QR code of the webcal address to a new link's answer. */
export const QrQuery = z.strictObject({ qr: z.literal("svg").optional() });
export type QrQuery = z.infer<typeof QrQuery>;
