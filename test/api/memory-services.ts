/** The routes' ports over maps, and a look at what was written and sent. */
import type { ApiServices } from "../../lib/api/services.ts";
import type { Calendar } from "../../lib/contract/calendar.ts";
import { ChangeSet } from "../../lib/contract/change.ts";
import type { Checkpoint, Hold } from "../../lib/contract/checkpoint.ts";
import type { Download } from "../../lib/contract/download.ts";
import type { Build, Feed, Link } from "../../lib/contract/feed.ts";
import type { Host } from "../../lib/contract/host.ts";
import type { IdempotencyRecord } from "../../lib/contract/idempotency.ts";
import type { Key } from "../../lib/contract/key.ts";
import type { Letter } from "../../lib/contract/letter.ts";
import type { Owner } from "../../lib/contract/owner.ts";
import type { OwnersReservation } from "../../lib/contract/owners-reservation.ts";
import type { Quota } from "../../lib/contract/quota.ts";
import type { Repeat } from "../../lib/contract/repeat.ts";
import type { Reservation } from "../../lib/contract/reservation.ts";
import type { Run } from "../../lib/contract/run.ts";
import type { CronSchedule } from "../../lib/contract/schedule.ts";
import { Snapshot } from "../../lib/contract/snapshot.ts";
import type { Task } from "../../lib/contract/task.ts";
import { keyIdOf } from "../../lib/core/keys.ts";
import { hashSecret } from "../../lib/core/secret.ts";
import type { HostGate } from "../../lib/sync/pause-calendar.ts";
import type { ExternalIdClaim } from "../../lib/contract/external-id.ts";
import type { HostBook } from "../../lib/sync/run-tick.ts";
import type { HostPolicyBook } from "../../lib/sync/set-host.ts";
import type { Page, PageRequest } from "../../lib/sync/registry.ts";
import { MemoryDownloads, MemoryRepeats } from "../sync/memory-downloads.ts";
import { MemoryErasure, MemoryOwners } from "../sync/memory-erasure.ts";
import { MemoryEditor, MemoryExternalIds } from "../sync/memory-editor.ts";
import { MemoryQuotas } from "../sync/memory-quotas.ts";
import { MemoryCrons, MemoryOwnersReservations, MemoryReservationSchedules } from "../sync/memory-schedules.ts";
import { feedsOver } from "./memory-feeds.ts";
import { MemoryIdempotency } from "./memory-idempotency.ts";

export const ADMIN_KEY = "admin-key-for-tests";
export const REVOKED_KEY = "revoked-key-for-tests";
/** Keys of scope owner. */
export const ANN_KEY = "key-of-ann-for-tests";
export const BOB_KEY = "key-of-bob-for-tests";

export type Memory = {
  readonly services: ApiServices;
  readonly calendars: Map<string, Calendar>;
  readonly checkpoints: Map<string, Checkpoint>;
  readonly holds: Map<string, Hold>;
  /** Snapshots, change sets and held bodies by key. */
  readonly objects: Map<string, unknown>;
  readonly feeds: Map<string, Feed>;
  readonly builds: Map<string, Build>;
  readonly links: Link[];
  readonly letters: Map<string, Letter>;
  readonly runs: Map<string, Run>;
  /** By hash. */
  readonly keys: Map<string, Key>;
  readonly sent: Task[];
  readonly booked: Reservation[];
  readonly reserved: Map<string, OwnersReservation>;
  readonly crons: Map<string, CronSchedule>;
  readonly claims: Map<string, ExternalIdClaim>;
  readonly downloads: Map<string, Download>;
  readonly repeats: Map<string, Repeat>;
  readonly quotas: Map<string, Quota>;
  /** Requests with an Idempotency-Key. */
  readonly once: Map<string, IdempotencyRecord>;
  readonly owners: Map<string, Owner>;
  readonly faults: unknown[];
};

export function createMemory(): Memory {
  const externalIds = new MemoryExternalIds();
  const ownerRecords = new MemoryOwners();
  const [downloadBook, repeats] = [new MemoryDownloads(), new MemoryRepeats()];
  const [crons, ownersReservations] = [new MemoryCrons(), new MemoryOwnersReservations()];
  const stores = {
    calendars: new Map<string, Calendar>(),
    checkpoints: new Map<string, Checkpoint>(),
    holds: new Map<string, Hold>(),
    objects: new Map<string, unknown>(),
    feeds: new Map<string, Feed>(),
    builds: new Map<string, Build>(),
    links: new Array<Link>(),
    letters: new Map<string, Letter>(),
    runs: new Map<string, Run>(),
    keys: new Map([ADMIN_KEY, REVOKED_KEY, ANN_KEY, BOB_KEY].map((secret) => [hashSecret(secret), keyOf(secret)])),
    sent: new Array<Task>(),
    booked: new Array<Reservation>(),
    reserved: ownersReservations.stored,
    crons: crons.standing,
    claims: externalIds.claims,
    downloads: downloadBook.records,
    repeats: repeats.stored,
    owners: ownerRecords.records,
    quotas: new Map<string, Quota>(),
    once: new Map<string, IdempotencyRecord>(),
    faults: new Array<unknown>(),
  };
  let ids = 0;
  let secrets = 6;
  const erasure = new MemoryErasure(stores);
  const calendarBooks = calendarsOver(stores);
  const feedBooks = feedsOver(stores, calendarBooks, pageOf);
  const services: ApiServices = {
    owners: {
      ownerOf: ({ calendarId = "", feedId }) =>
        Promise.resolve((feedId === undefined ? stores.calendars.get(calendarId) : stores.feeds.get(feedId))?.ownerId),
    },
    ownerRecords,
    erasure,
    erasureObjects: erasure,
    calendars: calendarBooks,
    feeds: feedBooks,
    links: feedBooks,
    published: {
      deleteFeedObjects: () => Promise.resolve(),
      getBytes: async (key) => Buffer.from(String(stores.objects.get(key))),
    },
    objects: objectsOver(stores),
    letters: lettersOver(stores),
    keys: keysOver(stores),
    quotas: new MemoryQuotas(stores),
    idempotency: new MemoryIdempotency(stores.once),
    cursor: { lastCovered: async () => await Promise.resolve(Date.parse("2026-05-06T00:59:00.000Z") / 60_000) },
    hosts: hostsInMemory(),
    reservations: { book: async (reservation) => void stores.booked.push(reservation), dropBooking: () => Promise.resolve() },
    crons,
    editor: new MemoryEditor(stores),
    externalIds,
    ownersReservations,
    reservationSchedules: new MemoryReservationSchedules(),
    urgent: {
      sendUrgent: async (task) => void stores.sent.push(task),
      sendImports: async (tasks) => void stores.sent.push(...tasks.map(({ task }) => task)),
    },
    exports: { sendExports: async (tasks) => void stores.sent.push(...tasks) },
    downloads: { sendDownloads: async (tasks) => void stores.sent.push(...tasks) },
    downloadBook,
    signed: { sign: async (key, seconds) => `https://objects.example.org/${key}?for=${seconds}` },
    repeats,
    repeatSchedules: repeats,
    changes: { publish: () => Promise.resolve() },
    now: () => new Date("2026-05-06T01:00:00.000Z"),
    newId: () => `id${(ids += 1)}`,
    randomBytes: (size) => new Uint8Array(size).fill((secrets += 1)),
    reportFault: (error) => void stores.faults.push(error),
  };
  return { services, ...stores };
}

type Stores = Omit<Memory, "services">;

const OWNERS: Readonly<Record<string, string>> = { [ANN_KEY]: "ann", [BOB_KEY]: "bob" };

function keyOf(secret: string): Key {
  const state = secret === REVOKED_KEY ? "revoked" : "active";
  const ownerId = OWNERS[secret];
  const scope = ownerId === undefined ? { scope: "admin" as const } : { scope: "owner" as const, ownerId };
  return { version: 1, keyHash: hashSecret(secret), label: "test", ...scope, state, createdAt: "2026-05-01T00:00:00.000Z" };
}

export function keysOver({ keys }: Pick<Stores, "keys">): ApiServices["keys"] {
  return {
    key: async (keyHash) => keys.get(keyHash),
    keyById: async (keyId) => [...keys.values()].find((key) => keyIdOf(key) === keyId),
    keys: async (ownerId, page) =>
      pageOf(
        [...keys.values()].filter((key) => ownerId === undefined || key.ownerId === ownerId),
        page,
      ),
    putKey: async (key) => void keys.set(key.keyHash, key),
    revokeKey: async (keyHash, at) => {
      const key = keys.get(keyHash);
      if (key?.state === "active") keys.set(keyHash, { ...key, state: "revoked", revokedAt: at });
    },
    markKeyUsed: async ({ keyHash }, at, before) => {
      const key = keys.get(keyHash);
      if (key !== undefined && (key.lastUsedAt ?? "") <= before) keys.set(keyHash, { ...key, lastUsedAt: at });
    },
  };
}

function calendarsOver({ calendars, checkpoints, holds, runs }: Stores): ApiServices["calendars"] {
  const pointers = new Map<string, Set<string>>();
  const load: ApiServices["calendars"]["load"] = async (calendarId) => {
    const calendar = calendars.get(calendarId);
    const checkpoint = checkpoints.get(calendarId);
    return calendar === undefined || checkpoint === undefined ? undefined : { calendar, checkpoint, hold: holds.get(calendarId) };
  };
  return {
    load,
    list: async (ownerId, page) => {
      const owned = [...calendars.values()].filter((calendar) => calendar.ownerId === ownerId);
      const loaded = await Promise.all(owned.map(({ calendarId }) => load(calendarId)));
      return pageOf(
        loaded.filter((each) => each !== undefined),
        page,
      );
    },
    holds: async (ownerId, page) => {
      const owned = [...holds.values()].filter((hold) => calendars.get(hold.calendarId)?.ownerId === ownerId);
      const loaded = await Promise.all(owned.map(({ calendarId }) => load(calendarId)));
      return pageOf(
        loaded.filter((each) => each !== undefined),
        page,
      );
    },
    endHold: async (calendarId, holdId) => {
      if (holds.get(calendarId)?.holdId === holdId) holds.delete(calendarId);
    },
    moveSlot: () => Promise.resolve(),
    save: async (checkpoint) => {
      checkpoints.set(checkpoint.calendarId, checkpoint);
      return "saved";
    },
    saveCursor: () => Promise.resolve(),
    clearPending: async (calendarId) => {
      const { pending: _done, ...rest } = checkpoints.get(calendarId) ?? { version: 1 as const, calendarId, ...EMPTY };
      checkpoints.set(calendarId, rest);
    },
    putCheckpoint: async (checkpoint) => void checkpoints.set(checkpoint.calendarId, checkpoint),
    putCalendar: async (calendar) => void calendars.set(calendar.calendarId, calendar),
    replaceCalendar: async (calendar, before) => {
      const stored = calendars.get(calendar.calendarId);
      if (stored?.state !== before.state || stored.edition !== before.edition) return "lost";
      calendars.set(calendar.calendarId, { ...calendar, edition: (before.edition ?? 0) + 1 });
      return "saved";
    },
    leaveWheel: async (calendarId) => {
      const { wheel: _left, ...rest } = checkpoints.get(calendarId) ?? { version: 1 as const, calendarId, ...EMPTY };
      checkpoints.set(calendarId, rest);
    },
    enterWheel: async (calendarId, wheel) => {
      const checkpoint = checkpoints.get(calendarId);
      if (checkpoint !== undefined) checkpoints.set(calendarId, { ...checkpoint, wheel });
    },
    everyCalendar: async (page) => {
      const loaded = await Promise.all([...calendars.keys()].map(load));
      return pageOf(
        loaded.filter((each) => each !== undefined),
        page,
      );
    },
    feedsOf: async (calendarId) => [...(pointers.get(calendarId) ?? [])],
    putFeedPointer: async (calendarId, feedId) =>
      void pointers.set(calendarId, new Set([...(pointers.get(calendarId) ?? []), feedId])),
    deletePointersAndCheckpoint: async (calendarId) => {
      pointers.delete(calendarId);
      checkpoints.delete(calendarId);
    },
    markRemoved: async (calendarId) => {
      const calendar = calendars.get(calendarId);
      if (calendar !== undefined) calendars.set(calendarId, { ...calendar, state: "removed" });
    },
    deleteCalendar: async (calendarId) => void calendars.delete(calendarId),
    putRun: async (run) => void runs.set(`${run.calendarId} ${run.runId}`, run),
    run: async (calendarId, runId) => runs.get(`${calendarId} ${runId}`),
    runs: async (calendarId, page) =>
      pageOf(
        [...runs.values()].filter((run) => run.calendarId === calendarId),
        page,
      ),
  };
}

const EMPTY = { calendarVersion: 0, eventCount: 0, skippedCount: 0, lastTurn: 0, attempts: 0, failures: 0, churns: 0 };

function objectsOver({ objects }: Stores): ApiServices["objects"] {
  const found = (key: string): unknown => {
    const value = objects.get(key);
    if (value === undefined) throw new Error(`no object ${key}`);
    return value;
  };
  return {
    getSnapshot: async (key) => Snapshot.parse(found(key)),
    putSnapshot: async (key, snapshot) => void objects.set(key, snapshot),
    getChanges: async (key) => ChangeSet.parse(found(key)),
    putChanges: async (key, set) => void objects.set(key, set),
    getHeld: async (key) => Buffer.from(String(found(key))),
    putHeld: () => Promise.reject(new Error("no route holds a body")),
    prune: () => Promise.resolve(),
    changeSets: async (calendarId, after) =>
      [...objects.keys()].flatMap((key) => {
        const calendarVersion = Number(new RegExp(`^changes/${calendarId}/(\\d+)-`, "u").exec(key)?.[1] ?? 0);
        return calendarVersion > after ? [{ calendarVersion, key, storedMs: Date.parse("2026-05-06T00:00:00.000Z") }] : [];
      }),
    snapshots: async (calendarId) =>
      [...objects.keys()].flatMap((key) => {
        const version = new RegExp(`^snapshots/${calendarId}/(\\d+)-`, "u").exec(key)?.[1];
        return version === undefined ? [] : [{ calendarVersion: Number(version), key }];
      }),
  };
}

function hostsInMemory(): HostBook & HostGate & HostPolicyBook {
  const records = new Map<string, Host>();
  return {
    putPolicy: async (name, policy) => {
      const { startsPerSecond: _pace, blackout: _windows, ...rest } = records.get(name) ?? {};
      const host: Host = { version: 1, ...rest, host: name, ...policy };
      records.set(name, host);
      return await Promise.resolve(host);
    },
    hosts: async () => await Promise.resolve(records),
    host: async (name) => records.get(name) ?? { version: 1, host: name },
    pauseHost: async (name, at) => void records.set(name, { version: 1, ...records.get(name), host: name, pausedAt: at }),
    resumeHost: async (name) => void records.set(name, { version: 1, ...records.get(name), host: name, pausedAt: undefined }),
    reserve: async (host, nextStartAtMs) => {
      if (records.get(host.host)?.nextStartAtMs !== host.nextStartAtMs) return undefined;
      records.set(host.host, { ...host, nextStartAtMs });
      return { ...host, nextStartAtMs };
    },
  };
}

function lettersOver({ letters }: Stores): ApiServices["letters"] {
  return {
    get: async (letterId) => letters.get(letterId),
    put: async (letter) => {
      letters.set(letter.letterId, letter);
      return true;
    },
    list: async (state, page) =>
      pageOf(
        [...letters.values()].filter((letter) => letter.state === state),
        page,
      ),
  };
}

function pageOf<Item>(items: readonly Item[], { limit, cursor }: PageRequest): Page<Item> {
  const from = Number(cursor ?? 0);
  const next = from + limit < items.length ? String(from + limit) : undefined;
  return { items: items.slice(from, from + limit), cursor: next };
}
