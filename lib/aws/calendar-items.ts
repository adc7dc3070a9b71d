/** How a calendar's records lie in the table: their keys, and how items become records again. */
import { Calendar } from "../contract/calendar.ts";
import { Checkpoint, Hold } from "../contract/checkpoint.ts";
import type { LoadedCalendar } from "../sync/import-calendar.ts";
import type { Condition, Item, Key } from "./expressions.ts";

export const META = "META";
const CHECKPOINT = "META#CHECKPOINT";
const HOLD = "META#HOLD";

/** Validators are stored as the source wrote them, but the item must stay under 1 KB: a longer one is not kept. */
const ETAG_LIMIT_BYTES = 160;
/** RFC 9110 5.6.7: an HTTP date has 29 characters. */
const LAST_MODIFIED_LIMIT_BYTES = 64;
/** The whole reason stands in the run and in the dead letter. */
const REASON_LIMIT_BYTES = 120;

export function calendarKey(calendarId: string): Key {
  return { pk: `CAL#${calendarId}`, sk: META };
}

export function checkpointKey(calendarId: string): Key {
  return { pk: `CAL#${calendarId}`, sk: CHECKPOINT };
}

export function holdKey(calendarId: string): Key {
  return { pk: `CAL#${calendarId}`, sk: HOLD };
}

/** Reverse pointer from a calendar to a feed that holds it. */
export function feedPointerKey(calendarId: string, feedId: string): Key {
  return { pk: `CAL#${calendarId}`, sk: `FEED#${feedId}` };
}

/** Sort key of the index `byOwner`: an owner's calendars by age. */
export function ownedCalendarKey({ createdAt, calendarId }: Calendar): string {
  return `CAL#${createdAt}#${calendarId}`;
}

/** Sort key of the index `byOwner`: an owner's holds by age. */
export function ownedHoldKey({ openedAt, calendarId }: Hold): string {
  return `HOLD#${openedAt}#${calendarId}`;
}

/** The calendar of these items; undefined where META or checkpoint is missing: whoever finds half does nothing. */
export function readCalendar(items: readonly Item[]): LoadedCalendar | undefined {
  const bySortKey = new Map(items.map((item) => [item["sk"], item]));
  const [meta, checkpoint, hold] = [META, CHECKPOINT, HOLD].map((sortKey) => bySortKey.get(sortKey));
  if (meta === undefined || checkpoint === undefined) return undefined;
  return {
    calendar: Calendar.parse(meta),
    checkpoint: Checkpoint.parse(checkpoint),
    hold: hold === undefined ? undefined : Hold.parse(hold),
  };
}

/** The checkpoint cut to what its item has room for. */
export function fitted(checkpoint: Checkpoint): Checkpoint {
  const { outcome } = checkpoint;
  return {
    ...checkpoint,
    etag: keptValidator(checkpoint.etag, ETAG_LIMIT_BYTES),
    lastModified: keptValidator(checkpoint.lastModified, LAST_MODIFIED_LIMIT_BYTES),
    outcome: outcome?.reason === undefined ? outcome : { ...outcome, reason: cut(outcome.reason, REASON_LIMIT_BYTES) },
  };
}

/** A validator works whole or not at all. */
function keptValidator(validator: string | undefined, limitBytes: number): string | undefined {
  return validator === undefined || Buffer.byteLength(validator) > limitBytes ? undefined : validator;
}

function cut(text: string, limitBytes: number): string {
  if (Buffer.byteLength(text) <= limitBytes) return text;
  // The last character may be cut in two; a decoder leaves U+FFFD for it.
  return `${Buffer.from(text)
    .subarray(0, limitBytes - 3)
    .toString()
    .replace(/\uFFFD+$/u, "")}...`;
}

/** Maps cannot be compared by every engine; the edition says whether anything else was changed. The state as well: a calendar that was removed stays so. */
export function stillAs({ state, edition }: Calendar): Condition {
  const same = edition === undefined ? "attribute_not_exists(#edition)" : "#edition = :editionRead";
  return {
    expression: `#state = :stateRead AND ${same}`,
    values: { ":stateRead": state, ...(edition === undefined ? {} : { ":editionRead": edition }) },
  };
}
