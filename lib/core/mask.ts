/** What of an event may leave through a feed: the member's mask, the event's CLASS, the feed's policy. */
import { createHash } from "node:crypto";

import type { ExportPolicy, Mask } from "../contract/feed.ts";
import { propertyOf } from "../ics/component.ts";
import type { Component } from "../ics/component.ts";
import type { ContentLine } from "../ics/content-line.ts";
import { readRule, writeRule } from "../ics/rule.ts";
import { withoutConferenceLinks } from "./conference.ts";

export type Shown = Mask | "nothing";

const RANK = { nothing: 0, busy: 1, titles: 2, full: 3 } as const satisfies Record<Shown, number>;

/** The least that mask, own CLASS and the series' CLASS allow (`master` may be the event itself); an override is never more open than its series. */
export function shownAs(event: Component, master: Component | undefined, mask: Mask, policy: ExportPolicy): Shown {
  if (policy.class === "as-is") return mask;
  const limits = [mask, classLimit(event), ...(master === undefined ? [] : [classLimit(master)])];
  return limits.reduce((least, limit) => (RANK[limit] < RANK[least] ? limit : least));
}

/** RFC 5545 3.8.1.3: a class that is not known is treated as PRIVATE. */
function classLimit(event: Component): Shown {
  const value = propertyOf(event, "CLASS")?.value.trim().toUpperCase() ?? "PUBLIC";
  if (value === "PUBLIC" || value === "") return "full";
  return value === "CONFIDENTIAL" ? "nothing" : "busy";
}

const PEOPLE =
  /^(?:ATTENDEE|ORGANIZER|CONFERENCE|X-GOOGLE-(?:CONFERENCE|HANGOUT)|X-MICROSOFT-(?:ONLINEMEETING|SKYPETEAMS|SCHEDULINGSERVICE).*|X-MS-OLK-(?:CONF|SENDER|ORGANIZER).*|X-CALENDARSERVER-(?:ATTENDEE|ORGANIZER|CONFERENCE).*|X-(?:ZOOM|TEAMS|WEBEX|CONFERENCE|ATTENDEE|ORGANIZER).*)$/u;

/** The event with no more than `shown` allows. */
export function maskEvent(event: Component, shown: Mask, policy: ExportPolicy): Component {
  if (shown !== "full") return maskedEvent(event, shown);
  const components = event.components
    .filter(({ name }) => (name === "VALARM" ? policy.alarms === "keep" : policy.people === "keep" || name !== "PARTICIPANT"))
    .map((component) => (policy.people === "keep" ? component : withoutPeople(component)));
  return policy.people === "keep" ? { ...event, components } : withoutPeople({ ...event, components });
}

function withoutPeople(component: Component): Component {
  const others = component.properties.filter(({ name }) => !PEOPLE.test(name));
  return { ...component, properties: others.flatMap((line) => withoutConferenceLinks(line) ?? []) };
}

const STAMP = /^\d{8}(?:T\d{6}Z?)?$/u;
const PERIOD = /^\d{8}T\d{6}Z?\/(?:\d{8}T\d{6}Z?|P[\dWDTHMS]{1,20})$/u;
const DURATION = /^[+-]?P[\dWDTHMS]{1,20}$/u;
const PARAMETERS = { VALUE: /^(?:DATE|DATE-TIME|PERIOD)$/u, TZID: /^/u, RANGE: /^THISANDFUTURE$/u };

/** What a masked event keeps, each with the only form its value may have: nothing that a person wrote gets through. */
const MASKED = new Map<string, (value: string) => string | undefined>([
  ["DTSTART", only(STAMP)],
  ["DTEND", only(STAMP)],
  ["RECURRENCE-ID", only(STAMP)],
  ["DURATION", only(DURATION)],
  ["EXDATE", listOf(STAMP)],
  ["RDATE", (value) => listOf(STAMP)(value) ?? listOf(PERIOD)(value)],
  ["RRULE", rule],
  ["EXRULE", rule],
  ["STATUS", only(/^(?:TENTATIVE|CONFIRMED|CANCELLED)$/u)],
  ["TRANSP", only(/^(?:OPAQUE|TRANSPARENT)$/u)],
  // Kept so that a feed further on guards the event too.
  ["CLASS", only(/^(?:PUBLIC|PRIVATE|CONFIDENTIAL)$/u)],
]);

function maskedEvent(event: Component, shown: "titles" | "busy"): Component {
  const summary = shown === "busy" ? "Busy" : propertyOf(event, "SUMMARY")?.value;
  const kept = event.properties.flatMap((line) => maskedLine(line) ?? []);
  const title = summary === undefined ? [] : [{ name: "SUMMARY", parameters: [], value: summary }];
  return { name: event.name, properties: [...kept, ...title], components: [] };
}

function maskedLine(line: ContentLine): ContentLine | undefined {
  const value = MASKED.get(line.name)?.(line.value);
  if (value === undefined) return undefined;
  const parameters = line.parameters.flatMap(({ name, values }) =>
    Object.entries(PARAMETERS)
      .filter(([known, form]) => known === name && values.length === 1 && form.test(values[0] ?? ""))
      .map(() => ({ name, values })),
  );
  return { name: line.name, parameters, value };
}

function only(form: RegExp): (value: string) => string | undefined {
  return (value) => [value.trim().toUpperCase()].find((text) => form.test(text));
}

function listOf(form: RegExp): (value: string) => string | undefined {
  return (value) => {
    const items = value.split(",").flatMap((item) => only(form)(item) ?? []);
    return items.length > 0 ? items.join(",") : undefined;
  };
}

function rule(value: string): string | undefined {
  const read = readRule(value);
  return "code" in read ? undefined : writeRule(read);
}

const MASKED_UID = /^[0-9a-f]{32}@calferry$/u;

/** UIDs often hold addresses or titles, so a masked event has a hash of its own; a UID that is one already stays, for feeds of feeds. */
export function maskedUid(calendarId: string, uid: string): string {
  if (MASKED_UID.test(uid)) return uid;
  return `${createHash("sha256").update(`${calendarId}\n${uid}`).digest("hex").slice(0, 32)}@calferry`;
}
