/** Refusals that several routes and commands share. */
import { Refusal } from "./failure.ts";

export function unknownCalendar(calendarId: string): Refusal {
  return new Refusal(
    "calendar-unknown",
    `no calendar ${shown(calendarId)}, wanted the id of a registered one`,
    "list them with: calferry calendar list",
  );
}

export function unknownFeed(feedId: string): Refusal {
  return new Refusal("feed-unknown", `no feed ${shown(feedId)}, wanted the id of a registered one`, "list them with: calferry feed list");
}

/** A value of a request as it may be shown: short and without control characters. */
export function shown(value: string): string {
  const clean = value.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, "?");
  return `"${clean.length > 60 ? `${clean.slice(0, 57)}...` : clean}"`;
}
