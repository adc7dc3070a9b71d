/** RECURRENCE-ID in the one form by which an occurrence is known, whatever zone the source wrote it in. */
import { writeMoment } from "./moment.ts";
import type { Moment } from "./moment.ts";
import { instantOf } from "./zone.ts";
import type { Zones } from "./zones.ts";

/** `20260506T010000Z` where the zone resolves, `20260506` for a date, `20260506T100000` for a floating time. */
export function writeRecurrenceId(moment: Moment, zones: Zones): string {
  if (moment.kind !== "zoned") return writeMoment(moment);
  const zone = zones.resolve(moment.tzid);
  return zone === undefined ? writeMoment(moment) : writeMoment({ kind: "utc", wallMs: instantOf(zone, moment.wallMs) });
}
