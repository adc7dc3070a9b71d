/** One owner with one of everything that is stored of owners, in the engines' own tables and buckets. */
import { AlertTable } from "../../lib/aws/alert-table.ts";
import { CalendarObjects } from "../../lib/aws/calendar-objects.ts";
import { CalendarTable } from "../../lib/aws/calendar-table.ts";
import { DownloadTable } from "../../lib/aws/download-table.ts";
import { ExternalIdTable } from "../../lib/aws/external-id-table.ts";
import { FeedObjects } from "../../lib/aws/feed-objects.ts";
import { FeedTable } from "../../lib/aws/feed-table.ts";
import { KeyTable } from "../../lib/aws/key-table.ts";
import { LetterObjects } from "../../lib/aws/letter-objects.ts";
import { LetterTable } from "../../lib/aws/letter-table.ts";
import { LinkTable } from "../../lib/aws/link-table.ts";
import type { ObjectClient } from "../../lib/aws/object-client.ts";
import { OwnersReservationTable } from "../../lib/aws/owners-reservation-table.ts";
import { QuotaTable } from "../../lib/aws/quota-table.ts";
import type { RecordTable } from "../../lib/aws/record-table.ts";
import { RepeatTable } from "../../lib/aws/repeat-table.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import type { Download } from "../../lib/contract/download.ts";
import { joined } from "../../lib/core/alert-groups.ts";
import { snapshotKey } from "../../lib/core/object-keys.ts";
import { hashSecret } from "../../lib/core/secret.ts";
import { calendarOf, checkpointOf, letterOf } from "./records.ts";

export const AT = "2026-05-06T01:00:00.000Z";
const TEXT = { contentType: "text/plain" };

/** Every id and name begins with the owner's; gives the secret of its link. */
export async function makeOwnersThings(
  owner: string,
  table: RecordTable,
  bucket: ObjectClient,
): Promise<{ readonly secret: string }> {
  const [url, push, feedId] = [`${owner}-url`, `${owner}-push`, `${owner}feed`];
  await makeCalendars(owner, url, push, table, bucket);
  const secret = await makeFeed(owner, feedId, [url, push], table, bucket);
  await makeLetters(owner, url, table, bucket);
  const download = downloadOf(owner, url);
  const [downloads, keys] = [new DownloadTable(table), new KeyTable(table)];
  await downloads.create(download);
  await downloads.claim(download, undefined);
  await downloads.putPart(download.downloadId, { version: 1, part: 1, bytes: 2, rows: 1 });
  await bucket.put(`downloads/${download.downloadId}/file.csv`, Buffer.from(`${owner},file`), TEXT);
  await new QuotaTable(table, { calendars: 9, feeds: 9, linksPerFeed: 9 }).putQuota({ version: 1, ownerId: owner, calendars: 5 });
  const target = { kind: "sync", calendarId: url } as const;
  const reservation = {
    version: 1,
    reservationId: `${owner}-reserved`,
    ownerId: owner,
    target,
    at: "2026-06-01T00:00:00.000Z",
  } as const;
  await new OwnersReservationTable(table).put({ ...reservation, revision: 1, state: "waiting", createdAt: AT });
  const subject = { kind: "feed", id: feedId } as const;
  const every = { cron: "0 7 * * 1", zone: "UTC" };
  await new RepeatTable(table).put({
    version: 1,
    repeatId: `${owner}-repeat`,
    ownerId: owner,
    subject,
    format: "ics",
    zone: "UTC",
    every,
    createdAt: AT,
  });
  const booking = {
    version: 1,
    taskId: `${owner}~task`,
    calendarId: url,
    ownerId: owner,
    reason: "sync-now",
    dueAt: AT,
    bookings: 1,
  };
  await table.put({ pk: `RESERVATION#${owner}~task`, sk: "META", ...booking });
  const claim = { version: 1, requestHash: "h", claimId: owner, claimedUntil: AT, endsAt: AT, ownerId: owner };
  await table.put({ pk: `IDEMPOTENCY#${owner}`, sk: "META", ...claim });
  const key = { version: 1, keyHash: hashSecret(`${owner}-key`), label: `${owner}-app`, scope: "owner", ownerId: owner } as const;
  await keys.putKey({ ...key, state: "active", createdAt: AT });
  return { secret };
}

async function makeCalendars(owner: string, url: string, push: string, table: RecordTable, bucket: ObjectClient): Promise<void> {
  const [calendars, objects] = [new CalendarTable(table), new CalendarObjects(bucket)];
  for (const calendarId of [url, push]) {
    const key = snapshotKey(calendarId, 1, owner);
    await objects.putSnapshot(key, snapshotOf(calendarId, owner));
    await bucket.put(`changes/${calendarId}/000000001-x`, Buffer.from(owner), TEXT);
    const isPush = calendarId === push;
    const versioned = { calendarVersion: 1, snapshotKey: key, contentHash: "h", eventCount: 1, lastSuccessAt: AT };
    await calendars.putCheckpoint(
      checkpointOf(calendarId, isPush ? { ...versioned, host: undefined, wheel: undefined } : { ...versioned, etag: '"v1"' }),
    );
    const source = isPush
      ? ({ kind: "push" } as const)
      : ({ kind: "url", url: `https://calendars.example/${owner}.ics` } as const);
    const cron = { kind: "cron", expression: "0 7 * * *", zone: "UTC" } as const;
    const externalId = `${calendarId}-app`;
    const fields = { ownerId: owner, name: `${owner}'s`, source, externalId, metadata: { site: owner } };
    await calendars.putCalendar(calendarOf(calendarId, isPush ? fields : { ...fields, schedule: cron }));
    await new ExternalIdTable(table).claim({ version: 1, ownerId: owner, externalId, calendarId, at: AT }, undefined);
    await calendars.putRun({
      version: 1,
      runId: `${AT}~${owner}`,
      calendarId,
      taskId: owner,
      reason: "tick",
      status: "imported",
      startedAt: AT,
    });
  }
  const hold = {
    version: 1,
    calendarId: url,
    ownerId: owner,
    holdId: `${url}.1`,
    contentHash: "h2",
    objectKey: `snapshots/${url}/held-1`,
  } as const;
  await calendars.putHold({ ...hold, eventCount: 0, removedCount: 3, keptCount: 0, openedAt: AT, confirmations: 0 });
  await bucket.put(hold.objectKey, Buffer.from(owner), TEXT);
}

export function snapshotOf(calendarId: string, word: string): Snapshot {
  const text = `BEGIN:VEVENT\nUID:${word}-event\nDTSTART:20260510T090000Z\nSUMMARY:${word}\nEND:VEVENT`;
  const event = {
    uid: `${word}-event`,
    sourceUid: `${word}-event`,
    block: "b",
    meaning: "m",
    sequence: 0,
    lastModified: "20260506T010000Z",
    text,
  };
  const header = {
    version: 1,
    calendarId,
    calendarVersion: 1,
    engine: 1,
    takenAt: AT,
    contentHash: "h",
    properties: {},
  } as const;
  return { ...header, timezones: [], eventCount: 1, skipped: [], events: [event] };
}

async function makeFeed(
  owner: string,
  feedId: string,
  calendarIds: readonly string[],
  table: RecordTable,
  bucket: ObjectClient,
): Promise<string> {
  const feeds = new FeedTable(table);
  const members = calendarIds.map((calendarId, position) => ({
    version: 1 as const,
    calendarId,
    mask: "full" as const,
    position,
  }));
  await feeds.putMembers(feedId, members);
  await feeds.putPointers(feedId, calendarIds);
  const policy = { class: "guard", people: "drop", alarms: "drop" } as const;
  await feeds.putFeed({ version: 1, feedId, ownerId: owner, name: `${owner}'s feed`, policy, state: "active", createdAt: AT });
  const objectKey = `feeds/${feedId}/000000001-x.ics`;
  const sizes = await new FeedObjects(bucket).putFeed(objectKey, `BEGIN:VCALENDAR\r\nX-OWNER:${owner}\r\nEND:VCALENDAR\r\n`);
  const versions = Object.fromEntries(calendarIds.map((calendarId) => [calendarId, 1]));
  const build = {
    version: 1,
    feedId,
    revision: 1,
    renderer: 1,
    members: versions,
    objectKey,
    etag: `"${owner}"`,
    ...sizes,
  } as const;
  await feeds.flip({ ...build, publishedAt: AT, eventCount: 2 }, 0);
  const secret = owner.padEnd(32, "x");
  const link = {
    version: 1,
    feedId,
    secretHash: hashSecret(secret),
    label: `${owner}'s phone`,
    state: "active",
    createdAt: AT,
  } as const;
  await new LinkTable(table).putLink(link);
  return secret;
}

async function makeLetters(owner: string, calendarId: string, table: RecordTable, bucket: ObjectClient): Promise<void> {
  const letters = new LetterTable(table, new LetterObjects(bucket));
  const letter = letterOf(`import-${calendarId}`, { calendarId, ownerId: owner, body: `${owner} `.repeat(20_000) });
  await letters.put(letter);
  const { kind, code, reason, letterId, fingerprint } = letter;
  const arrival = { kind, code, reason: `${reason} ${owner}`, host: `${owner}.example`, letterId, calendarId, fingerprint };
  await new AlertTable(table).put(joined(undefined, arrival, AT));
}

function downloadOf(ownerId: string, calendarId: string): Download {
  const subject = { kind: "calendar", id: calendarId } as const;
  const asked = { format: "csv", columns: ["title"], zone: "UTC", fingerprint: `${ownerId}-wants` } as const;
  const made = { version: 1, downloadId: `${ownerId}-download`, ownerId, subject, subjectVersion: "1", name: ownerId } as const;
  return { ...made, ...asked, columns: ["title"], state: "ready", requestedAt: AT };
}
