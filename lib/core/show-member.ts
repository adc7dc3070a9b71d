/** What one member gives to a feed: its events as far as path, horizon, CLASS and mask let them through, their times in order. */
import type { Feed } from "../contract/feed.ts";
import type { SnapshotEvent } from "../contract/snapshot.ts";
import { propertyOf, readComponent } from "../ics/component.ts";
import type { Component } from "../ics/component.ts";
import { parameterOf } from "../ics/content-line.ts";
import { writeTimes } from "../ics/render-times.ts";
import type { TimeReader } from "../ics/render-times.ts";
import type { FeedMember } from "./build-feed.ts";
import { pathOf, pathRefusal, withPath } from "./feed-path.ts";
import { eventTest } from "./filter.ts";
import { isWithin } from "./horizon.ts";
import { maskEvent, maskedUid, shownAs } from "./mask.ts";
import { floatingZoneName, memberZones } from "./member-zones.ts";
import type { MemberZones } from "./member-zones.ts";

export type Dropped = {
  readonly calendarId: string;
  readonly uid: string;
  readonly recurrenceId?: string | undefined;
  readonly code: "feed-cycle" | "path-too-long" | "class-confidential" | "outside-horizon" | "filtered";
};

export type Entry = {
  readonly calendarId: string;
  readonly uid: string;
  /** Empty for the master. */
  readonly recurrenceId: string;
  readonly sequence: number;
  readonly lastModified: string;
  readonly isMasked: boolean;
  /** Masked, its TZIDs still the source's own. */
  readonly event: Component;
};

export type ShownMember = {
  readonly calendarId: string;
  readonly zones: MemberZones;
  readonly entries: readonly Entry[];
  readonly dropped: readonly Dropped[];
};

export type ShowRules = {
  readonly feed: Feed;
  readonly horizon: { readonly from: string; readonly to: string } | undefined;
  /** Floating times are written in the member's own zone. */
  readonly pinFloating: boolean;
};

type Read = { readonly stored: SnapshotEvent; readonly event: Component };
type Place = {
  readonly member: FeedMember;
  readonly rules: ShowRules;
  readonly reader: TimeReader;
  /** Absent: all events are let through. */
  readonly isLet: ((event: Component) => boolean) | undefined;
};

export function showMember(member: FeedMember, rules: ShowRules): ShownMember {
  const { calendarId, snapshot } = member;
  const zones = memberZones(snapshot.timezones);
  const floatingTzid = rules.pinFloating ? floatingZoneName(snapshot.properties.timeZone) : undefined;
  const isLet = eventTest(rules.feed.filters, member.filters);
  const place = { member, rules, reader: { zoneOf: zones.zoneOf, floatingTzid }, isLet };
  const groups = Map.groupBy(newestOf(snapshot.events), ({ uid }) => uid);
  const shown = [...groups.values()].map((stored) => showGroup(stored, place));
  return {
    calendarId,
    zones,
    entries: shown.flatMap(({ entries }) => entries),
    dropped: shown.flatMap(({ dropped }) => dropped),
  };
}

/** One event for each identity, in its order: highest SEQUENCE, then latest LAST-MODIFIED, then text. */
function newestOf(events: readonly SnapshotEvent[]): SnapshotEvent[] {
  const key = ({ uid, recurrenceId = "" }: SnapshotEvent): string => `${uid}\n${recurrenceId}`;
  const sorted = events.toSorted(
    (a, b) => a.sequence - b.sequence || compare(a.lastModified, b.lastModified) || compare(a.text, b.text),
  );
  const newest = new Map(sorted.map((event) => [key(event), event]));
  return [...newest.values()].toSorted((a, b) => compare(key(a), key(b)));
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

type Hidden = Read & { readonly code: Dropped["code"] };
type Group = { readonly entries: readonly Entry[]; readonly dropped: readonly Dropped[] };

/** All events of one UID: the series and its overrides. */
function showGroup(stored: readonly SnapshotEvent[], place: Place): Group {
  const { feed } = place.rules;
  const horizon = place.member.horizon ?? place.rules.horizon;
  const read = stored.map((one) => ({ stored: one, event: readComponent(one.text) }));
  const events = read.map(({ event }) => event);
  const refusal = events.map((event) => pathRefusal(pathOf(event), feed.feedId)).find((code) => code !== undefined);
  if (refusal !== undefined) return { entries: [], dropped: drop(read, refusal, place) };
  if (horizon !== undefined && !isWithin(events, horizon)) return { entries: [], dropped: drop(read, "outside-horizon", place) };
  return maskGroup(read, place);
}

function drop(events: readonly Read[], code: Dropped["code"], { member: { calendarId } }: Place): Dropped[] {
  return events.map(({ stored: { uid, recurrenceId } }) => ({ calendarId, uid, recurrenceId, code }));
}

function maskGroup(read: readonly Read[], place: Place): Group {
  const { member, rules } = place;
  const master = read.find(({ stored }) => stored.recurrenceId === undefined)?.event;
  const limited = read.map((one) => ({ ...one, shown: shownAs(one.event, master, member.mask, rules.feed.policy) }));
  const hidden = limited.flatMap((one): Hidden[] => {
    if (one.shown === "nothing") return [{ ...one, code: "class-confidential" }];
    return place.isLet?.(one.event) === false ? [{ ...one, code: "filtered" }] : [];
  });
  // What follows a hidden change of the rest of a series cannot be shown without it.
  const broken = hidden.find(({ event }) => hasRange(event));
  if (broken !== undefined) return { entries: [], dropped: drop(read, broken.code, place) };
  // One UID for the whole series, so it tells nothing as soon as one of its events is masked.
  const isAnyMasked = limited.some(({ shown }) => shown !== "full");
  const entries = limited.flatMap(({ stored, event, shown }): Entry[] => {
    if (shown === "nothing" || hidden.some((one) => one.stored === stored)) return [];
    const whole = event === master ? withoutOccurrences(event, hidden) : event;
    const masked = maskEvent(writeTimes(whole, master, place.reader), shown, rules.feed.policy);
    return [
      {
        calendarId: member.calendarId,
        uid: isAnyMasked ? maskedUid(member.calendarId, stored.uid) : stored.uid,
        recurrenceId: stored.recurrenceId ?? "",
        sequence: stored.sequence,
        lastModified: stored.lastModified,
        isMasked: shown !== "full",
        event: withPath(masked, pathOf(event), rules.feed.feedId),
      },
    ];
  });
  return { entries, dropped: hidden.flatMap((one) => drop([one], one.code, place)) };
}

function hasRange(event: Component): boolean {
  const line = propertyOf(event, "RECURRENCE-ID");
  return line !== undefined && parameterOf(line, "RANGE") !== undefined;
}

/** A hidden override must not show as the plain occurrence that it replaced. */
function withoutOccurrences(master: Component, hidden: readonly Read[]): Component {
  const lines = hidden.flatMap(({ event }) => propertyOf(event, "RECURRENCE-ID") ?? []);
  const excluded = lines.map(({ parameters, value }) => ({ name: "EXDATE", parameters, value }));
  return { ...master, properties: [...master.properties, ...excluded] };
}
