/** Everything that owners and operators asked for, line by line; with the events as well where a new stack is to go on without a gap. */
import type { Calendar } from "../contract/calendar.ts";
import type { Owner } from "../contract/owner.ts";
import type { RegistryLine } from "../contract/registry-file.ts";
import { exportedCheckpoint, hostLine } from "../core/registry-file.ts";
import { everyItem } from "./every-item.ts";
import type { LoadedCalendar } from "./import-calendar.ts";
import type { OwnersReservationBook } from "./make-reservation.ts";
import type { CalendarCensus, FeedRegistry, KeyBook, Page, PageRequest } from "./registry.ts";
import type { RepeatBook } from "./repeat-download.ts";
import type { HostBook } from "./run-tick.ts";
import type { QuotaBook } from "./require-room.ts";
import type { OwnerRecords } from "./suspend-owner.ts";
import type { SnapshotReader } from "./weigh-body.ts";

export interface FeedCensus {
  /** Every feed of every owner that is not removed, in no order. */
  everyFeed(page: PageRequest): Promise<Page<{ readonly feedId: string; readonly ownerId: string; readonly name: string }>>;
}
export type ExportRegistryPorts = {
  readonly calendars: CalendarCensus;
  readonly feeds: FeedCensus & Pick<FeedRegistry, "load">;
  readonly keys: Pick<KeyBook, "keys">;
  readonly hosts: Pick<HostBook, "hosts">;
  readonly ownerRecords: Pick<OwnerRecords, "owner">;
  readonly quotas: Pick<QuotaBook, "quota">;
  readonly ownersReservations: Pick<OwnersReservationBook, "list">;
  readonly repeats: Pick<RepeatBook, "list">;
  readonly objects: SnapshotReader;
  readonly published: { getBytes(key: string): Promise<Uint8Array> };
};

const version = 1;

/** As it stands while it is read; a stack that is written to meanwhile may have one record older than another. */
export async function* exportRegistry(
  { withEvents }: { readonly withEvents: boolean },
  ports: ExportRegistryPorts,
  now: Date,
): AsyncGenerator<RegistryLine> {
  let records = 1;
  yield { kind: "registry", version, exportedAt: now.toISOString(), withEvents };
  for await (const line of everyRecord(withEvents, ports)) {
    records += 1;
    yield line;
  }
  yield { kind: "end", version, records };
}

async function* everyRecord(withEvents: boolean, ports: ExportRegistryPorts): AsyncGenerator<RegistryLine> {
  const owners = new Set<string>();
  for (const host of (await ports.hosts.hosts()).values()) {
    const line = hostLine(host);
    if (line !== undefined) yield line;
  }
  for await (const key of everyItem(async (page) => await ports.keys.keys(undefined, page))) {
    if (key.ownerId !== undefined) owners.add(key.ownerId);
    yield { kind: "key", version, key };
  }
  for await (const loaded of everyItem(async (page) => await ports.calendars.everyCalendar(page))) {
    if (loaded.calendar.state === "removed") continue;
    owners.add(loaded.calendar.ownerId);
    yield* calendarLines(loaded, withEvents, ports);
  }
  for await (const { feedId, ownerId } of everyItem(async (page) => await ports.feeds.everyFeed(page))) {
    owners.add(ownerId);
    yield* feedLines(feedId, withEvents, ports);
  }
  for (const ownerId of owners) yield* ownerLines(ownerId, ports);
}

async function* calendarLines(
  loaded: LoadedCalendar,
  withEvents: boolean,
  { objects }: ExportRegistryPorts,
): AsyncGenerator<RegistryLine> {
  const { calendar, checkpoint } = loaded;
  const { snapshotKey: key } = checkpoint;
  if (withEvents && key !== undefined) yield { kind: "snapshot", version, key, snapshot: await objects.getSnapshot(key) };
  yield { kind: "calendar", version, calendar, checkpoint: exportedCheckpoint(checkpoint, withEvents) };
}

async function* feedLines(
  feedId: string,
  withEvents: boolean,
  { feeds, published }: ExportRegistryPorts,
): AsyncGenerator<RegistryLine> {
  const loaded = await feeds.load(feedId);
  if (loaded === undefined || loaded.feed.state === "removed") return;
  const { feed, members, links, build } = loaded;
  const key = withEvents ? build.objectKey : undefined;
  if (key !== undefined)
    yield { kind: "published", version, feedId, key, ics: Buffer.from(await published.getBytes(key)).toString() };
  yield { kind: "feed", version, feed, members, links, ...(key === undefined ? {} : { build }) };
}

async function* ownerLines(ownerId: Calendar["ownerId"], ports: ExportRegistryPorts): AsyncGenerator<RegistryLine> {
  const owner: Owner | undefined = await ports.ownerRecords.owner(ownerId);
  if (owner !== undefined) yield { kind: "owner", version, owner };
  const quota = await ports.quotas.quota(ownerId);
  if (quota !== undefined) yield { kind: "quota", version, quota };
  for await (const reservation of everyItem(async (page) => await ports.ownersReservations.list(ownerId, page))) {
    yield { kind: "reservation", version, reservation };
  }
  for await (const repeat of everyItem(async (page) => await ports.repeats.list(ownerId, page)))
    yield { kind: "repeat", version, repeat };
}
