/** A calendar after its owner's merge patch (RFC 7396), and what of the machinery that moves. */
import type { Calendar, CalendarPatch } from "../contract/calendar.ts";
import type { Checkpoint } from "../contract/checkpoint.ts";
import { Refusal } from "./failure.ts";
import { timesOf } from "./place.ts";
import { isOfSource } from "./read-feed.ts";
import { readSourceUrl, sourceHost } from "./source-url.ts";

const METADATA_PAIRS = 20;

/** Throws `source-kind-wrong`, `url-invalid`, `body-invalid`. */
export function patchCalendar(calendar: Calendar, patch: CalendarPatch, nowMs: number): Calendar {
  const { intervalMinutes: _interval, schedule: _schedule, businessDays: _days, ...rest } = calendar;
  const { externalId: _id, metadata: _pairs, ...fixed } = rest;
  const source = patchedSource(calendar, patch.source);
  const externalId = patch.externalId === undefined ? calendar.externalId : (patch.externalId ?? undefined);
  const metadata = patchedMetadata(calendar.metadata, patch.metadata);
  const after: Calendar = {
    ...fixed,
    name: patch.name ?? calendar.name,
    source,
    policy: patchedPolicy(calendar.policy, patch.policy),
    ...patchedTimes(calendar, patch, nowMs),
    ...(externalId === undefined ? {} : { externalId }),
    ...(metadata === undefined ? {} : { metadata }),
  };
  // A source that answered 410 was given up; another address deserves to be asked.
  return calendar.state === "suspended" && hasNewAddress(calendar, after) ? { ...after, state: "active" } : after;
}

function patchedSource({ source, calendarId }: Calendar, patch: CalendarPatch["source"]): Calendar["source"] {
  if (patch === undefined) return source;
  if (source.kind === "push") {
    const what = `calendar ${calendarId} is written by push, wanted a calendar with a url; the kind is fixed for life`;
    throw new Refusal("source-kind-wrong", what, "leave source out, or register another calendar");
  }
  const url = patch.url === undefined ? source.url : readSourceUrl(patch.url).href;
  // What the old address was asked with is not another one's to see.
  const kept = url === source.url ? source.auth : undefined;
  const auth = patch.auth === undefined ? kept : (patch.auth ?? undefined);
  return { kind: "url", url, ...(auth === undefined ? {} : { auth }) };
}

function patchedPolicy(policy: Calendar["policy"], patch: CalendarPatch["policy"]): Calendar["policy"] {
  const { pastEvents = policy.pastEvents, refreshHint = policy.refreshHint, userAgent = policy.userAgent } = patch ?? {};
  return { pastEvents, refreshHint, ...(userAgent === undefined || userAgent === null ? {} : { userAgent }) };
}

type Times = Pick<Calendar, "intervalMinutes" | "schedule" | "businessDays">;

function patchedTimes(calendar: Calendar, patch: CalendarPatch, nowMs: number): Times {
  const { intervalMinutes = calendar.intervalMinutes, schedule = calendar.schedule } = patch;
  const businessDays = patch.businessDays === undefined ? calendar.businessDays : (patch.businessDays ?? undefined);
  return timesOf({ intervalMinutes, schedule, businessDays }, nowMs);
}

function patchedMetadata(metadata: Calendar["metadata"], patch: CalendarPatch["metadata"]): Calendar["metadata"] {
  if (patch === undefined) return metadata;
  const pairs = Object.entries({ ...metadata, ...patch }).flatMap(([key, value]) =>
    value === null ? [] : [[key, value] as const],
  );
  if (pairs.length <= METADATA_PAIRS) return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
  const details = { seen: `${pairs.length} pairs`, wanted: `at most ${METADATA_PAIRS}` };
  const what = `metadata would have ${details.seen}, wanted ${details.wanted}`;
  throw new Refusal("body-invalid", what, "remove a pair by giving it null", { details });
}

/** Another address, or another who asks: what the old one answered says nothing of the new one. */
export function hasNewSource(before: Calendar, after: Calendar): boolean {
  return JSON.stringify(before.source) !== JSON.stringify(after.source) || before.policy.userAgent !== after.policy.userAgent;
}

type Remembered = Pick<Checkpoint, "host" | "engineKey">;

/** Whether what is remembered was another source's: a move broke off half way. */
export function remembersAnother(calendar: Calendar, { host, engineKey }: Remembered): boolean {
  const wanted = sourceHost(calendar.source);
  if (wanted === undefined) return false;
  return host !== wanted || (engineKey !== undefined && !isOfSource(engineKey, calendar));
}

/** Whether nothing is remembered of what its source has said. */
export function isUnread(calendar: Calendar, remembered: Remembered): boolean {
  return remembered.engineKey === undefined || remembersAnother(calendar, remembered);
}

function hasNewAddress({ source: before }: Calendar, { source: after }: Calendar): boolean {
  return before.kind === "url" && after.kind === "url" && before.url !== after.url;
}
