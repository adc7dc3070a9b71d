/** That a calendar has an app's own name for it: one calendar of an owner for one name. */
import * as z from "zod";

export const ExternalIdClaim = z.object({
  version: z.literal(1),
  ownerId: z.string(),
  externalId: z.string(),
  calendarId: z.string(),
  /** UTC instant. */
  at: z.string(),
});
export type ExternalIdClaim = z.infer<typeof ExternalIdClaim>;
