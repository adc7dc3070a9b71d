/** One question of `calferry inspect --ndjson`, a line of standard input. */
import * as z from "zod";

/** An instant with its offset, or a date or time that is then UTC; given on as `2026-05-06T01:00:00.000Z`. */
const Instant = z
  .union([z.iso.datetime({ offset: true, local: true }), z.iso.date()])
  .transform((text) => new Date(/T.*(?:Z|[+-]\d\d:?\d\d)$/u.test(text) || !text.includes("T") ? text : `${text}Z`).toISOString());

export const InspectOptions = z.object({
  from: Instant.optional(),
  to: Instant.optional(),
  /** Occurrences listed at most. */
  limit: z.coerce.number().int().nonnegative().optional(),
  /** IANA name: zone of floating times and dates. */
  floating: z
    .string()
    .refine((name) => isZone(name), "expected an IANA time zone name such as Asia/Seoul")
    .optional(),
});
export type InspectOptions = z.infer<typeof InspectOptions>;

export const InspectRequest = InspectOptions.extend({ path: z.string().min(1) });
export type InspectRequest = z.infer<typeof InspectRequest>;

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
