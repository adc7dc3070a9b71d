/** Requests of the contract run that make sense: what must be answered with success at least once. */
import { calendarText, sampleEvents } from "../sync/sources.ts";

type Ids = Readonly<Record<string, string>>;

/** A month from now: within the year for which reservations are taken. */
export const LATER = new Date(Date.now() + 30 * 86_400_000).toISOString();

export function eventOf(title: string): object {
  return { summary: title, start: "2026-05-06T10:00:00", duration: "PT1H", zone: "Europe/Berlin" };
}

type Wanted = {
  readonly pushId: string;
  /** A push calendar of which nothing is replaced as a whole. */
  readonly quietId: string;
  readonly held: readonly string[];
  readonly letters: readonly string[];
};

/** Which things an operation wants instead of the usual ones. */
export function idsOf({ pushId, quietId, held, letters }: Wanted): Readonly<Record<string, Ids>> {
  const push = { calendarId: pushId };
  const [getHold = "", approveHold = "", rejectHold = ""] = held;
  const [, acknowledgeLetter = "", discardLetter = "", replayLetter = ""] = letters;
  return {
    putEvents: push,
    applyBatch: push,
    getEvent: { calendarId: quietId, uid: "push-1" },
    putEvent: { calendarId: pushId, uid: "push-2" },
    listEvents: push,
    clearCalendar: push,
    rollbackCalendar: push,
    getHold: { calendarId: getHold },
    approveHold: { calendarId: approveHold },
    rejectHold: { calendarId: rejectHold },
    acknowledgeLetter: { letterId: acknowledgeLetter },
    discardLetter: { letterId: discardLetter },
    replayLetter: { letterId: replayLetter },
  };
}

type Known = {
  readonly ids: Ids;
  readonly pushId: string;
  readonly owner: string;
  readonly holds: readonly string[];
  readonly mark: string;
  /** Of a source on this machine. */
  readonly url: string;
};

export function bodiesOf({ ids, pushId, owner, holds, mark, url }: Known): Readonly<Record<string, object | string>> {
  const { calendarId = "", feedId = "" } = ids;
  const event = eventOf(mark);
  const [, approved = "", rejected = ""] = holds;
  return {
    createCalendar: { name: mark, ownerId: owner, source: { kind: "url", url }, firstImport: "turn" },
    patchCalendar: { name: mark },
    putEvents: calendarText(sampleEvents(4)),
    applyBatch: { operations: [{ op: "put", event: { uid: "batch-1", ...event } }] },
    putEvent: event,
    spreadEvent: { ownerId: owner, action: "put", uid: "spread-1", event, filter: { calendarIds: [pushId] } },
    approveHold: { holdId: approved },
    rejectHold: { holdId: rejected },
    rollbackCalendar: { toVersion: 1 },
    createFeed: { name: mark, ownerId: owner, members: [{ calendarId, mask: "busy" }] },
    patchFeed: { name: mark },
    setMembers: { members: [{ calendarId }] },
    putMember: { mask: "titles" },
    createLink: { label: mark },
    makeReservation: { kind: "export", feedId, at: LATER },
    moveReservation: { at: LATER },
    setHost: { startsPerSecond: 2 },
    acknowledgeLetter: { why: "looking" },
    discardLetter: { why: "gone for good" },
    requestDownload: { calendarId, format: "csv", days: 30 },
    createRepeat: { calendarId, format: "ics", every: { cron: "0 7 * * 1" } },
    createKey: { label: mark, ownerId: owner },
    eraseOwner: { dryRun: true },
    suspendOwner: { dryRun: true },
    resumeOwner: { dryRun: true },
    runBulk: { ownerId: owner, action: "sync", dryRun: true },
    setQuota: { calendars: 10_000 },
  };
}

/** What fields of bodies are called, wherever they stand, and values that mean something here. */
export function fieldsOf(ids: Ids, owner: string, url: string): Readonly<Record<string, readonly string[]>> {
  const { calendarId = "", feedId = "" } = ids;
  return {
    calendarId: [calendarId],
    feedId: [feedId],
    ownerId: [owner],
    url: [url],
    at: [LATER],
    expiresAt: [LATER],
    zone: ["Europe/Berlin", "UTC"],
    cron: ["0 7 * * 1"],
  };
}
