/** What is said of owners, and everything that is one owner's, over maps. */
import { isDeepStrictEqual } from "node:util";

import type { Calendar } from "../../lib/contract/calendar.ts";
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import type { Download } from "../../lib/contract/download.ts";
import type { Feed, Link } from "../../lib/contract/feed.ts";
import type { Key } from "../../lib/contract/key.ts";
import type { Letter } from "../../lib/contract/letter.ts";
import type { Owner } from "../../lib/contract/owner.ts";
import type { OwnersReservation } from "../../lib/contract/owners-reservation.ts";
import type { Repeat } from "../../lib/contract/repeat.ts";
import type { Run } from "../../lib/contract/run.ts";
import type { ErasureBook, ErasureObjects, OwnedThing, Remains, TracedItem } from "../../lib/sync/erasure.ts";
import type { OwnerGate } from "../../lib/sync/pause-calendar.ts";
import type { OwnerRecords } from "../../lib/sync/suspend-owner.ts";

type Stores = {
  readonly calendars: Map<string, Calendar>;
  readonly checkpoints: Map<string, Checkpoint>;
  readonly objects: Map<string, unknown>;
  readonly feeds: Map<string, Feed>;
  readonly links: Link[];
  readonly letters: Map<string, Letter>;
  readonly runs: Map<string, Run>;
  readonly keys: Map<string, Key>;
  readonly reserved: Map<string, OwnersReservation>;
  readonly downloads: Map<string, Download>;
  readonly repeats: Map<string, Repeat>;
};

export class MemoryOwners implements OwnerRecords, OwnerGate {
  readonly records = new Map<string, Owner>();

  async owner(ownerId: string): Promise<Owner | undefined> {
    return structuredClone(this.records.get(ownerId));
  }

  async putOwner(owner: Owner, before: Owner | undefined): Promise<"saved" | "lost"> {
    if (!isDeepStrictEqual(this.records.get(owner.ownerId), before)) return "lost";
    this.records.set(owner.ownerId, structuredClone(owner));
    return "saved";
  }

  async pauseOwner(ownerId: string, at: string): Promise<void> {
    if (!this.records.has(ownerId)) this.records.set(ownerId, { version: 1, ownerId, state: "paused", since: at });
  }

  async endOwnersPause(ownerId: string): Promise<void> {
    if (this.records.get(ownerId)?.state === "paused") this.records.delete(ownerId);
  }

  async deleteOwner(before: Owner): Promise<"saved" | "lost"> {
    const isStill = isDeepStrictEqual(this.records.get(before.ownerId), before);
    if (isStill) this.records.delete(before.ownerId);
    return isStill ? "saved" : "lost";
  }
}

export class MemoryErasure implements ErasureBook, ErasureObjects {
  private readonly stores: Stores;
  private readonly left = new Map<string, Remains>();

  constructor(stores: Stores) {
    this.stores = stores;
  }

  async owned(
    ownerId: string,
    { limit }: { readonly limit: number },
  ): Promise<{ readonly things: readonly OwnedThing[]; readonly cursor: string | undefined }> {
    const { calendars, feeds, downloads, reserved, repeats, keys } = this.stores;
    const isOwned = (one: { readonly ownerId?: string | undefined }): boolean => one.ownerId === ownerId;
    const things: readonly OwnedThing[] = [
      ...[...calendars.values()]
        .filter(isOwned)
        .map((calendar) => ({ kind: "calendar" as const, id: calendar.calendarId, calendar })),
      ...[...feeds.values()].filter(isOwned).map((feed) => ({ kind: "feed" as const, id: feed.feedId, feed })),
      ...[...downloads.values()]
        .filter(isOwned)
        .map((download) => ({ kind: "download" as const, id: download.downloadId, download })),
      ...[...reserved.values()]
        .filter(isOwned)
        .map((reservation) => ({ kind: "reservation" as const, id: reservation.reservationId, reservation })),
      ...[...repeats.values()].filter(isOwned).map((repeat) => ({ kind: "repeat" as const, id: repeat.repeatId, repeat })),
      ...[...keys.values()].filter(isOwned).map((key) => ({ kind: "key" as const, id: key.keyHash, key })),
    ];
    return { things: things.slice(0, limit), cursor: undefined };
  }

  async remember(_ownerId: string, remains: Remains): Promise<void> {
    this.left.set(remains.id, remains);
  }

  async remembered(): Promise<readonly Remains[]> {
    return [...this.left.values()];
  }

  async forget(_ownerId: string, { id }: Remains): Promise<void> {
    this.left.delete(id);
  }

  async stop(thing: OwnedThing): Promise<void> {
    if (thing.kind === "calendar") this.stores.calendars.set(thing.id, { ...thing.calendar, state: "removed" });
  }

  async delete(thing: OwnedThing): Promise<void> {
    const { calendars, checkpoints, runs, feeds, links, downloads, reserved, repeats, keys } = this.stores;
    for (const store of [calendars, checkpoints, feeds, downloads, reserved, repeats, keys]) store.delete(thing.id);
    for (const [name, run] of runs) if (run.calendarId === thing.id) runs.delete(name);
    for (const link of links.filter(({ feedId }) => feedId === thing.id)) links.splice(links.indexOf(link), 1);
  }

  async deleteRemains(): Promise<void> {
    await Promise.resolve();
  }

  async look(): Promise<{ readonly items: readonly TracedItem[]; readonly cursor: string | undefined }> {
    const items = [...this.stores.letters.values()].map(({ letterId, ownerId, calendarId, feedId, downloadId }) => ({
      id: letterId,
      letterId,
      kind: "letter" as const,
      ownerId,
      calendarId,
      feedId,
      downloadId,
    }));
    return { items, cursor: undefined };
  }

  async deleteTraced({ id }: TracedItem): Promise<void> {
    this.stores.letters.delete(id);
  }

  async deleteObjects({ id }: { readonly id: string }): Promise<void> {
    for (const key of this.stores.objects.keys()) if (key.includes(`/${id}/`)) this.stores.objects.delete(key);
  }
}
