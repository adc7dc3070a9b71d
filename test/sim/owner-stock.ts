/** Owners' things of every kind, for an erasure to find. */
import { Calendar } from "../../lib/contract/calendar.ts";
import { Download } from "../../lib/contract/download.ts";
import { Feed } from "../../lib/contract/feed.ts";
import { Key } from "../../lib/contract/key.ts";
import { OwnersReservation } from "../../lib/contract/owners-reservation.ts";
import { Repeat } from "../../lib/contract/repeat.ts";
import type { OwnedThing, TracedItem } from "../../lib/sync/erasure.ts";
import type { ErasureShelf } from "./erasure-shelf.ts";

const AT = "2026-05-01T00:00:00.000Z";
const WHOSE_NONE = { ownerId: undefined, calendarId: undefined, feedId: undefined, downloadId: undefined } as const;

/** One of each kind, with calendars of both schedules and so many keys; every id begins with the owner's. */
export function stock(shelf: ErasureShelf, ownerId: string, keys: number): void {
  const things = [
    calendarOf(ownerId, "plain"),
    calendarOf(ownerId, "cron"),
    feedOf(ownerId),
    downloadOf(ownerId),
    reservationOf(ownerId),
    repeatOf(ownerId),
    { kind: "item", id: `${ownerId}-claim` } as const,
    ...Array.from({ length: keys }, (_, index) => keyOf(ownerId, index)),
  ];
  for (const thing of things) shelf.putThing(ownerId, thing);
  for (const item of tracesOf(ownerId)) shelf.putTrace(item);
}

/** Letters and the like: some say whose they are, some only what they tell of. */
function tracesOf(ownerId: string): readonly TracedItem[] {
  const calendarId = `${ownerId}-plain`;
  const task = { taskId: `${ownerId}~task`, calendarId, ownerId, reason: "sync-now" } as const;
  return [
    letterOf(ownerId, { ownerId }),
    letterOf(`${ownerId}-calendar`, { calendarId }),
    letterOf(`${ownerId}-feed`, { feedId: `${ownerId}-feed` }),
    { ...WHOSE_NONE, id: `alert ${ownerId}`, kind: "alert", downloadId: `${ownerId}-download` },
    {
      ...WHOSE_NONE,
      id: `booking ${ownerId}`,
      kind: "booking",
      ownerId,
      booking: { ...task, version: 1, dueAt: AT, bookings: 1 },
    },
    { ...WHOSE_NONE, id: `item ${ownerId}`, kind: "item", ownerId },
  ];
}

/** What is nobody's, so that the table has more items than one look shows. */
export function nobodys(count: number): readonly TracedItem[] {
  return Array.from({ length: count }, (_, index) => ({ ...WHOSE_NONE, id: `host ${index}`, kind: "item" as const }));
}

export function letterOf(name: string, whose: Partial<TracedItem>): TracedItem {
  return { ...WHOSE_NONE, ...whose, id: `letter ${name}`, kind: "letter", letterId: name };
}

function calendarOf(ownerId: string, name: "plain" | "cron"): OwnedThing {
  const calendarId = `${ownerId}-${name}`;
  const calendar = Calendar.parse({
    version: 1,
    calendarId,
    ownerId,
    name: `${name} of ${ownerId}`,
    source: { kind: "url", url: `https://calendars.example/${calendarId}.ics` },
    intervalMinutes: 60,
    ...(name === "cron" ? { schedule: { kind: "cron", expression: "0 7 * * *", zone: "UTC" } } : {}),
    state: "active",
    policy: { pastEvents: "keep", refreshHint: "follow" },
    createdAt: AT,
  });
  return { kind: "calendar", id: calendarId, calendar };
}

function feedOf(ownerId: string): OwnedThing {
  const policy = { class: "guard", people: "drop", alarms: "drop" };
  const id = `${ownerId}-feed`;
  const feed = Feed.parse({
    version: 1,
    feedId: id,
    ownerId,
    name: `feed of ${ownerId}`,
    policy,
    state: "active",
    createdAt: AT,
  });
  return { kind: "feed", id, feed };
}

export function downloadOf(ownerId: string, name = "download"): OwnedThing {
  const id = `${ownerId}-${name}`;
  const subject = { kind: "calendar", id: `${ownerId}-plain` };
  const asked = { format: "csv", columns: ["title"], zone: "UTC", fingerprint: id, subject, subjectVersion: "1", name };
  const download = Download.parse({ ...asked, version: 1, downloadId: id, ownerId, state: "ready", requestedAt: AT });
  return { kind: "download", id, download };
}

function reservationOf(ownerId: string): OwnedThing {
  const target = { kind: "sync", calendarId: `${ownerId}-plain` };
  const id = `${ownerId}-reserved`;
  const asked = { version: 1, reservationId: id, ownerId, target, at: AT };
  return {
    kind: "reservation",
    id,
    reservation: OwnersReservation.parse({ ...asked, revision: 1, state: "waiting", createdAt: AT }),
  };
}

function repeatOf(ownerId: string): OwnedThing {
  const id = `${ownerId}-repeat`;
  const every = { cron: "0 7 * * 1", zone: "UTC" };
  const asked = { version: 1, repeatId: id, ownerId, subject: { kind: "feed", id: `${ownerId}-feed` }, format: "ics" };
  return { kind: "repeat", id, repeat: Repeat.parse({ ...asked, zone: "UTC", every, createdAt: AT }) };
}

function keyOf(ownerId: string, index: number): OwnedThing {
  const id = `${ownerId}-key-${index}`;
  const key = Key.parse({ version: 1, keyHash: id, label: id, scope: "owner", ownerId, state: "active", createdAt: AT });
  return { kind: "key", id, key };
}
