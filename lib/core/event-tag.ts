/** Entity tags of calendars and events, and what If-Match and If-None-Match say about them (RFC 9110 13.1). */
import { Refusal } from "./failure.ts";
import type { RefusalDetails } from "./failure.ts";
import { shortHash } from "./object-keys.ts";
import { shown } from "./refusals.ts";

/** As a caller sent them; `*` or tags with commas between. */
export type Conditions = { readonly ifMatch?: string | undefined; readonly ifNoneMatch?: string | undefined };

type Tagged = {
  readonly recurrenceId?: string | undefined;
  readonly meaning: string;
  readonly sequence: number;
  readonly lastModified: string;
};

/** Of a calendar's events as a whole: its version. */
export function calendarTag(calendarVersion: number): string {
  return `"${calendarVersion}"`;
}

/** Of one event with its overrides; undefined where there is none. */
export function eventTag(group: readonly Tagged[]): string | undefined {
  if (group.length === 0) return undefined;
  const parts = group.map(({ recurrenceId = "", meaning, sequence, lastModified }) =>
    JSON.stringify([recurrenceId, meaning, sequence, lastModified]),
  );
  return `"${shortHash(parts.toSorted().join("\n"))}"`;
}

/**
 * Whether a condition's list names the tag. `strong` takes no `W/` (RFC 9110 13.1.1). A view of a version, such as a window of it, has a tag that
 * begins with the version's and names it, too.
 */
export function isNamed(condition: string, tag: string, comparison: "strong" | "weak"): boolean {
  const view = `${tag.slice(0, -1)}.`;
  const tags = condition.split(",").map((one) => one.trim());
  const compared = comparison === "strong" ? tags : tags.map((one) => one.replace(/^W\//u, ""));
  return compared.some((one) => one === "*" || one === tag || one.startsWith(view));
}

/** What is wrong with the conditions; undefined where they hold. `tag` is of what stands now, undefined where nothing does. */
export function unmet({ ifMatch, ifNoneMatch }: Conditions, tag: string | undefined): RefusalDetails | undefined {
  const current = tag === undefined ? {} : { etag: tag };
  if (ifMatch !== undefined && (tag === undefined || !isNamed(ifMatch, tag, "strong")))
    return { seen: `If-Match ${shown(ifMatch)}`, wanted: tag ?? "no If-Match, for there is nothing", ...current };
  if (ifNoneMatch !== undefined && tag !== undefined && isNamed(ifNoneMatch, tag, "weak"))
    return { seen: `If-None-Match ${shown(ifNoneMatch)}`, wanted: `no such condition, for ${tag} is there`, ...current };
  return undefined;
}

/** Throws `precondition-failed`. */
export function requireMet(conditions: Conditions, tag: string | undefined, of: string): void {
  const details = unmet(conditions, tag);
  if (details === undefined) return;
  const what = `${of} is not as the condition says: ${details.seen}, wanted ${details.wanted}`;
  throw new Refusal("precondition-failed", what, "read it again and send the change with the new ETag", { details });
}
