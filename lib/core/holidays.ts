/** The days that a calendar of holidays names. */
import type { HolidaySource } from "../contract/schedule.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { readComponent } from "../ics/component.ts";
import type { Component } from "../ics/component.ts";
import { propertiesOf, propertyOf } from "../ics/component.ts";
import { unescapeText } from "../ics/content-line.ts";
import { expand } from "../ics/expand.ts";
import { addDays } from "./business-days.ts";

/** A calendar of holidays has some dozens a year; one with thousands is none. */
const OCCURRENCE_LIMIT = 3000;
/** School holidays may take some weeks. */
const LONGEST_DAYS = 62;

/** Every day of its all-day events in [from, to), those that fit the filter; days are `2026-05-06`. */
export function holidaysOf(
  { events, timezones }: Pick<Snapshot, "events" | "timezones">,
  source: Pick<HolidaySource, "category" | "keyword">,
  from: string,
  to: string,
): ReadonlySet<string> {
  const fitting = events.filter(({ text }) => fits(readComponent(text), source));
  const uids = new Set(fitting.map(({ uid }) => uid));
  // Overrides go with their series, and dates are read as days: in whatever zone, they are the same ones.
  const wanted = events.filter(({ uid, text }) => uids.has(uid) && !isCancelled(readComponent(text)));
  const window = { from: `${addDays(from, -LONGEST_DAYS)}T00:00:00Z`, to: `${to}T00:00:00Z`, floating: "UTC" };
  const { occurrences } = expand({ timezones, events: wanted }, { ...window, limit: OCCURRENCE_LIMIT });
  const days = occurrences.filter(({ allDay }) => allDay).flatMap(({ startUtc, endUtc }) => daysBetween(startUtc, endUtc));
  return new Set(days.filter((day) => day >= from && day < to));
}

function fits(event: Component, { category, keyword }: Pick<HolidaySource, "category" | "keyword">): boolean {
  const categories = propertiesOf(event, "CATEGORIES").flatMap(({ value }) => value.split(/(?<!\\),/u).map(plain));
  const isOfCategory = category === undefined || categories.includes(plain(category));
  const title = plain(propertyOf(event, "SUMMARY")?.value ?? "");
  return isOfCategory && (keyword === undefined || title.includes(plain(keyword)));
}

function isCancelled(event: Component): boolean {
  return propertyOf(event, "STATUS")?.value.toUpperCase() === "CANCELLED";
}

function plain(text: string): string {
  return unescapeText(text).trim().toLowerCase();
}

/** RFC 5545 3.6.1: DTEND is not part of it, and a date alone is one day. */
function daysBetween(startUtc: string, endUtc: string): string[] {
  const first = dayOf(startUtc);
  const days = Math.round((Date.parse(dayOf(endUtc)) - Date.parse(first)) / 86_400_000);
  return Array.from({ length: Math.min(LONGEST_DAYS, Math.max(1, days)) }, (_, index) => addDays(first, index));
}

function dayOf(instant: string): string {
  return /^\d{8}T/u.test(instant)
    ? `${instant.slice(0, 4)}-${instant.slice(4, 6)}-${instant.slice(6, 8)}`
    : instant.slice(0, "2026-05-06".length);
}
