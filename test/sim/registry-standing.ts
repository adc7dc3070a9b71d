/** What stands in a stack, and what a registry's file says of it, record by record. */
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import type { RegistryLine } from "../../lib/contract/registry-file.ts";
import { exportedCheckpoint } from "../../lib/core/registry-file.ts";
import { canonical } from "./registry-records.ts";
import type { Stack } from "./registry-records.ts";

/**
 * Each record by its kind and name. Whoever writes a record puts another one in its place: what is the same object now as it was before has
 * not been changed meanwhile.
 */
export type Standing = ReadonlyMap<string, unknown>;
type Entry = readonly [name: string, record: unknown];

/** What people find; what an owner has besides goes into the file with whoever is known by one of these. */
export const FOUND = /^(?:calendar|feed|key) /u;
const OWNED = /^(?:owner|reservation|repeat) /u;

export function standingOf({ world, desk }: Stack): Standing {
  const { calendars, feeds, hosts, owners, ownersReservations } = world;
  const living = [...calendars.metas.values()].filter(({ calendarId }) => calendars.isFound(calendarId));
  const open = new Map([...feeds.metas].filter(([, { state }]) => state === "active"));
  return new Map<string, unknown>([
    ...living.map((calendar): Entry => [`calendar ${calendar.calendarId}`, calendar]),
    ...living.map(({ calendarId }): Entry => [`checkpoint ${calendarId}`, calendars.checkpoints.get(calendarId)]),
    ...[...open].map(([feedId, feed]): Entry => [`feed ${feedId}`, feed]),
    ...[...open.keys()].flatMap((feedId) => membersOf(feedId, feeds.members.get(feedId)?.values() ?? [])),
    ...[...open.keys()].map((feedId): Entry => [`build ${feedId}`, feeds.builds.get(feedId)]),
    ...[...feeds.links.values()].filter(({ feedId }) => open.has(feedId)).map(linkEntry),
    ...[...desk.keys.stored].map(([keyHash, key]): Entry => [`key ${keyHash}`, key]),
    ...[...owners.records].map(([ownerId, owner]): Entry => [`owner ${ownerId}`, owner]),
    ...[...ownersReservations.stored].map(([id, reservation]): Entry => [`reservation ${id}`, reservation]),
    ...[...desk.repeats.stored].map(([id, repeat]): Entry => [`repeat ${id}`, repeat]),
    ...[...hosts.stored.values()].flatMap(({ host, startsPerSecond, blackout, pausedAt }): Entry[] => {
      const isSaid = [startsPerSecond, blackout, pausedAt].some((said) => said !== undefined);
      // Its starts and cooldowns, which move all the time, are no part of the registry.
      return isSaid ? [[`host ${host}`, canonical({ host, startsPerSecond, blackout, pausedAt })]] : [];
    }),
  ]);
}

/** What was there all the while as it was; of what an owner has only where the owner is known by what was there all the while. */
export function lastingOf(before: Standing, after: Standing): Entry[] {
  const lasting = [...before].filter(([name, record]) => record !== undefined && after.get(name) === record);
  const known = new Set(lasting.flatMap(([name, record]) => (FOUND.test(name) ? ownerIn(record) : [])));
  return lasting.filter(([name, record]) => !OWNED.test(name) || ownerIn(record).every((ownerId) => known.has(ownerId)));
}

/** The records of one line of a file, under the same names. */
export function recordsIn(line: RegistryLine): Entry[] {
  if (line.kind === "feed") return feedRecords(line);
  if (line.kind === "snapshot") return [[`object ${line.key}`, canonical(line.snapshot)]];
  if (line.kind === "published") return [[`object ${line.key}`, line.ics]];
  if (line.kind === "host") return [[`host ${line.host.host}`, canonical(hostIn(line.host))]];
  if (line.kind !== "calendar") return ownRecords(line);
  const { calendar, checkpoint } = line;
  return [
    [`calendar ${calendar.calendarId}`, calendar],
    [`checkpoint ${calendar.calendarId}`, checkpoint],
  ];
}

/** As a file has the record: without what only the stack itself can end, and without events as one that was never read. */
export function exportedText(name: string, record: unknown, withEvents: boolean): string {
  return canonical(name.startsWith("checkpoint ") && isCheckpoint(record) ? exportedCheckpoint(record, withEvents) : record);
}

/** Key of the object that the record names. */
export function pointerIn(record: unknown): string | undefined {
  if (typeof record !== "object" || record === null) return undefined;
  if ("snapshotKey" in record && typeof record.snapshotKey === "string") return record.snapshotKey;
  return "objectKey" in record && typeof record.objectKey === "string" ? record.objectKey : undefined;
}

function ownRecords(line: RegistryLine): Entry[] {
  if (line.kind === "owner") return [[`owner ${line.owner.ownerId}`, line.owner]];
  if (line.kind === "key") return [[`key ${line.key.keyHash}`, line.key]];
  if (line.kind === "reservation") return [[`reservation ${line.reservation.reservationId}`, line.reservation]];
  return line.kind === "repeat" ? [[`repeat ${line.repeat.repeatId}`, line.repeat]] : [];
}

function feedRecords({ feed, members, links, build }: Extract<RegistryLine, { readonly kind: "feed" }>): Entry[] {
  const { feedId } = feed;
  return [
    [`feed ${feedId}`, feed],
    ...membersOf(feedId, members),
    ...links.map(linkEntry),
    ...(build === undefined ? [] : [[`build ${feedId}`, build] as const]),
  ];
}

function membersOf(feedId: string, members: Iterable<{ readonly calendarId: string }>): Entry[] {
  return [...members].map((member) => [`member ${feedId} ${member.calendarId}`, member]);
}

function linkEntry(link: { readonly feedId: string; readonly secretHash: string }): Entry {
  return [`link ${link.feedId} ${link.secretHash}`, link];
}

function hostIn({ host, startsPerSecond, blackout, pausedAt }: Extract<RegistryLine, { readonly kind: "host" }>["host"]): object {
  return { host, startsPerSecond, blackout, pausedAt };
}

function ownerIn(record: unknown): string[] {
  if (typeof record !== "object" || record === null || !("ownerId" in record)) return [];
  return typeof record.ownerId === "string" ? [record.ownerId] : [];
}

function isCheckpoint(record: unknown): record is Checkpoint {
  return typeof record === "object" && record !== null && "calendarVersion" in record;
}
