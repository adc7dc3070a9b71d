/** A registry's file into a stack: what is there already stays as it is, so that an import that was broken off is made good by the same one again. */
import type { Build, Feed, Link, Member } from "../contract/feed.ts";
import type { RegistryLine } from "../contract/registry-file.ts";
import type { OwnersReservation } from "../contract/owners-reservation.ts";
import type { Repeat } from "../contract/repeat.ts";
import { Refusal } from "../core/failure.ts";
import { cronOf } from "../core/place.ts";
import { oneOffTaskId } from "../core/runs.ts";
import { parseLine } from "./check-registry.ts";
import { claimExternalId } from "./claim-external-id.ts";
import type { ExternalIdBook } from "./claim-external-id.ts";
import type { MemberBook } from "./change-members.ts";
import type { CreateContext } from "./create-calendar.ts";
import type { LinkWriter } from "./create-link.ts";
import type { FeedBook, FeedObjects } from "./export-feed.ts";
import type { OwnersReservationBook, ReservationSchedules } from "./make-reservation.ts";
import type { HostGate } from "./pause-calendar.ts";
import type { CalendarRegistry, FeedRegistry, KeyBook } from "./registry.ts";
import { keepRepeat } from "./repeat-download.ts";
import type { RepeatBook, RepeatSchedules } from "./repeat-download.ts";
import type { RebuildQueue } from "./replay-letter.ts";
import type { QuotaBook } from "./require-room.ts";
import type { CronSchedules } from "./send-cron-turn.ts";
import type { HostPolicyBook } from "./set-host.ts";
import type { VersionObjects } from "./store-version.ts";
import type { OwnerRecords } from "./suspend-owner.ts";

export type ImportRegistryPorts = {
  readonly calendars: Pick<CalendarRegistry, "load" | "putCheckpoint" | "putCalendar">;
  readonly feeds: Pick<FeedRegistry, "load" | "putMembers" | "putFeed"> &
    Pick<MemberBook, "putPointers"> &
    Pick<FeedBook, "flip">;
  readonly links: LinkWriter;
  readonly keys: Pick<KeyBook, "key" | "putKey">;
  readonly hosts: HostPolicyBook & Pick<HostGate, "pauseHost">;
  readonly ownerRecords: OwnerRecords;
  readonly quotas: Pick<QuotaBook, "quota" | "putQuota">;
  readonly externalIds: ExternalIdBook;
  readonly crons: Pick<CronSchedules, "keep">;
  readonly ownersReservations: Pick<OwnersReservationBook, "load" | "put">;
  readonly reservationSchedules: Pick<ReservationSchedules, "make">;
  readonly repeats: Pick<RepeatBook, "load" | "put">;
  readonly repeatSchedules: Pick<RepeatSchedules, "keep">;
  readonly objects: Pick<VersionObjects, "putSnapshot">;
  readonly published: Pick<FeedObjects, "putFeed">;
  readonly exports: RebuildQueue;
};
export type Applied = { readonly line: Registered; readonly outcome: "made" | "there" | "failed"; readonly code?: string };

/** Of a file that was checked. One record that is refused keeps no other back. */
export async function* applyRegistry(
  lines: AsyncIterable<string>,
  ports: ImportRegistryPorts,
  context: CreateContext,
): AsyncGenerator<Applied> {
  let number = 0;
  for await (const text of lines) {
    const line = parseLine(text, (number += 1));
    if (line.kind !== "registry" && line.kind !== "end") yield { line, ...(await applyOrTell(line, ports, context)) };
  }
}

async function applyOrTell(line: Registered, ports: ImportRegistryPorts, context: CreateContext): Promise<Omit<Applied, "line">> {
  try {
    return { outcome: await apply(line, ports, context) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { outcome: "failed", code: error.code };
  }
}

type Registered = Exclude<RegistryLine, { readonly kind: "registry" | "end" }>;

async function apply(line: Registered, ports: ImportRegistryPorts, context: CreateContext): Promise<"made" | "there"> {
  const { ownerRecords, quotas, keys, calendars, feeds, objects, published } = ports;
  switch (line.kind) {
    case "owner":
      return await unlessThere(
        ownerRecords.owner(line.owner.ownerId),
        async () => void (await ownerRecords.putOwner(line.owner, undefined)),
      );
    case "quota":
      return await unlessThere(quotas.quota(line.quota.ownerId), async () => await quotas.putQuota(line.quota));
    case "host":
      return await applyHost(line.host, ports);
    case "key":
      return await unlessThere(keys.key(line.key.keyHash), async () => await keys.putKey(line.key));
    case "snapshot": {
      const standing = calendars.load(line.snapshot.calendarId);
      return await unlessThere(standing, async () => await objects.putSnapshot(line.key, line.snapshot));
    }
    case "published":
      return await unlessThere(feeds.load(line.feedId), async () => await published.putFeed(line.key, line.ics));
    case "calendar":
      return await applyCalendar(line, ports, context);
    case "feed":
      return await applyFeed(line, ports, context);
    case "reservation":
      return await applyReservation(line.reservation, ports, context);
    case "repeat":
      return await applyRepeat(line.repeat, ports);
  }
}

async function unlessThere(standing: Promise<unknown>, make: () => Promise<unknown>): Promise<"made" | "there"> {
  if ((await standing) !== undefined) return "there";
  await make();
  return "made";
}

/** What the file says of a host counts: it is one for the whole stack. */
async function applyHost(
  { host, pausedAt, ...policy }: Extract<RegistryLine, { readonly kind: "host" }>["host"],
  { hosts }: ImportRegistryPorts,
): Promise<"made"> {
  await hosts.putPolicy(host, policy);
  if (pausedAt !== undefined) await hosts.pauseHost(host, pausedAt);
  return "made";
}

async function applyRepeat(repeat: Repeat, ports: ImportRegistryPorts): Promise<"made" | "there"> {
  return await unlessThere(ports.repeats.load(repeat.repeatId), async () => await keepRepeat(repeat, ports));
}

/** As one is registered: its checkpoint first, META last. */
async function applyCalendar(
  { calendar, checkpoint }: Extract<RegistryLine, { kind: "calendar" }>,
  ports: ImportRegistryPorts,
  context: CreateContext,
): Promise<"made" | "there"> {
  const { calendarId, ownerId, externalId } = calendar;
  if ((await ports.calendars.load(calendarId)) !== undefined) return "there";
  const at = context.now().toISOString();
  if (externalId !== undefined) await claimExternalId({ version: 1, ownerId, externalId, calendarId, at }, ports);
  await ports.calendars.putCheckpoint(checkpoint);
  await ports.calendars.putCalendar(calendar);
  if (cronOf(calendar) !== undefined) await ports.crons.keep(calendar);
  return "made";
}

type WholeFeed = {
  readonly feed: Feed;
  readonly members: readonly Member[];
  readonly links: readonly Link[];
  readonly build?: Build | undefined;
};

/** As one is created: pointers, members and links before META; then its first build, which finds nothing to do where the bytes came with it. */
async function applyFeed(
  { feed, members, links, build }: WholeFeed,
  ports: ImportRegistryPorts,
  context: CreateContext,
): Promise<"made" | "there"> {
  const { feedId } = feed;
  if ((await ports.feeds.load(feedId)) !== undefined) return "there";
  const calendarIds = members.map(({ calendarId }) => calendarId);
  await ports.feeds.putPointers(feedId, calendarIds);
  await ports.feeds.putMembers(feedId, members);
  for (const link of links) await ports.links.putLink(link);
  if (build !== undefined) await ports.feeds.flip(build, 0);
  await ports.feeds.putFeed(feed);
  await ports.feeds.putPointers(feedId, calendarIds);
  const taskId = oneOffTaskId(context.now().toISOString(), context.newId());
  await ports.exports.sendExports([{ version: 1, kind: "export", taskId, feedId, reason: "created" }], 0);
  return "made";
}

/** The record first, as where one is made; of one that waits the schedule. */
async function applyReservation(
  reservation: OwnersReservation,
  { ownersReservations, reservationSchedules }: ImportRegistryPorts,
  context: CreateContext,
): Promise<"made" | "there"> {
  if ((await ownersReservations.load(reservation.reservationId)) !== undefined) return "there";
  await ownersReservations.put(reservation);
  if (reservation.state === "waiting") await reservationSchedules.make(reservation, context.now());
  return "made";
}
