/** Downloads over maps: the record's conditions as the table has them, objects by key, and the ports of a worker. */
import type { Calendar } from "../../lib/contract/calendar.ts";
import { Download, DownloadFrame, DownloadPart, DownloadSource } from "../../lib/contract/download.ts";
import type { DownloadState } from "../../lib/contract/download.ts";
import type { Build, Feed } from "../../lib/contract/feed.ts";
import type { ChangeMessage } from "../../lib/contract/change.ts";
import type { Letter } from "../../lib/contract/letter.ts";
import type { LifeMessage } from "../../lib/contract/life.ts";
import { Repeat } from "../../lib/contract/repeat.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import type { DownloadTask } from "../../lib/contract/task.ts";
import { emptyCheckpoint } from "../../lib/core/registry.ts";
import { ServiceUnavailable } from "../../lib/core/failure.ts";
import { sheetWriter } from "../../lib/sheets/sheet-writer.ts";
import type { DownloadShelf, SignedObjects } from "../../lib/sync/fetch-download.ts";
import type { LoadedCalendar } from "../../lib/sync/import-calendar.ts";
import { makeDownload } from "../../lib/sync/make-download.ts";
import type { DownloadBook, DownloadObjects, LoadedDownload, MakeContext, MakePorts } from "../../lib/sync/make-download.ts";
import type { RepeatBook, RepeatSchedules } from "../../lib/sync/repeat-download.ts";
import type { Page, PageRequest } from "../../lib/sync/registry.ts";
import type { DownloadDesk, RequestPorts } from "../../lib/sync/request-download.ts";

export class MemoryDownloads implements DownloadBook, DownloadDesk, DownloadShelf {
  readonly records = new Map<string, Download>();
  readonly parts = new Map<string, DownloadPart[]>();
  readonly holders = new Map<string, string>();

  async load(downloadId: string): Promise<LoadedDownload | undefined> {
    const download = this.records.get(downloadId);
    return download === undefined ? undefined : structuredClone({ download, parts: this.parts.get(downloadId) ?? [] });
  }

  async create(download: Download): Promise<void> {
    this.records.set(download.downloadId, download);
  }

  async remove(downloadId: string): Promise<void> {
    this.records.delete(downloadId);
  }

  async move(
    downloadId: string,
    from: readonly DownloadState[],
    set: Partial<Download>,
    remove: readonly (keyof Download)[] = [],
  ): Promise<Download | undefined> {
    const before = this.records.get(downloadId);
    if (before === undefined || !from.includes(before.state)) return undefined;
    const kept = Object.entries({ ...before, ...set }).filter(([field]) => !remove.some((gone) => gone === field));
    const after = Download.parse(Object.fromEntries(kept));
    this.records.set(downloadId, after);
    return after;
  }

  async putPart(downloadId: string, part: DownloadPart): Promise<void> {
    const others = (this.parts.get(downloadId) ?? []).filter((one) => one.part !== part.part);
    this.parts.set(downloadId, [...others, DownloadPart.parse(part)]);
  }

  async holderOf(fingerprint: string): Promise<string | undefined> {
    return this.holders.get(fingerprint);
  }

  async claim({ fingerprint, downloadId }: Download, before: string | undefined): Promise<"saved" | "lost"> {
    if (this.holders.get(fingerprint) !== before) return "lost";
    this.holders.set(fingerprint, downloadId);
    return "saved";
  }

  async list(ownerId: string, { limit, cursor }: PageRequest): Promise<Page<LoadedDownload>> {
    const owned = [...this.records.values()].filter((download) => download.ownerId === ownerId).toReversed();
    const from = Number(cursor ?? 0);
    const items = owned
      .slice(from, from + limit)
      .map((download) => ({ download, parts: this.parts.get(download.downloadId) ?? [] }));
    return { items, cursor: from + limit < owned.length ? String(from + limit) : undefined };
  }
}

export class MemoryRepeats implements RepeatBook, RepeatSchedules {
  readonly stored = new Map<string, Repeat>();
  /** Names of the schedules that stand. */
  readonly standing = new Set<string>();

  async load(repeatId: string): Promise<Repeat | undefined> {
    return this.stored.get(repeatId);
  }

  async put(repeat: Repeat): Promise<void> {
    this.stored.set(repeat.repeatId, Repeat.parse(repeat));
  }

  async remove(repeatId: string): Promise<void> {
    this.stored.delete(repeatId);
  }

  async list(ownerId: string): Promise<Page<Repeat>> {
    return { items: [...this.stored.values()].filter((repeat) => repeat.ownerId === ownerId), cursor: undefined };
  }

  async keep({ ownerId, repeatId }: Repeat): Promise<void> {
    this.standing.add(`${ownerId}.${repeatId}`);
  }

  async drop({ ownerId, repeatId }: Pick<Repeat, "ownerId" | "repeatId">): Promise<void> {
    this.standing.delete(`${ownerId}.${repeatId}`);
  }
}

/** Objects are kept as their bytes, so that whatever a reader changes does not change them. */
export class MemoryDownloadObjects implements DownloadObjects, SignedObjects {
  readonly stored = new Map<string, string | Uint8Array>();
  readonly dispositions = new Map<string, string>();
  /** Writes by key. */
  readonly writes = new Map<string, number>();

  private put(key: string, content: string | Uint8Array): void {
    this.stored.set(key, content);
    this.writes.set(key, (this.writes.get(key) ?? 0) + 1);
  }

  private text(key: string): string {
    const content = this.stored.get(key);
    if (content === undefined) throw new ServiceUnavailable(`no object ${key}`);
    return typeof content === "string" ? content : new TextDecoder().decode(content);
  }

  async putSource(key: string, source: DownloadSource): Promise<void> {
    this.put(key, JSON.stringify(source));
  }

  async getSource(key: string): Promise<DownloadSource> {
    return DownloadSource.parse(JSON.parse(this.text(key)));
  }

  async putFrame(key: string, frame: DownloadFrame): Promise<void> {
    this.put(key, JSON.stringify(frame));
  }

  async getFrame(key: string): Promise<DownloadFrame> {
    return DownloadFrame.parse(JSON.parse(this.text(key)));
  }

  async putPart(key: string, text: string): Promise<number> {
    this.put(key, text);
    return Buffer.byteLength(text);
  }

  async getPart(key: string): Promise<Uint8Array> {
    return Buffer.from(this.text(key));
  }

  async putFile(key: string, bytes: Uint8Array, { disposition }: { readonly disposition: string }): Promise<void> {
    this.put(key, bytes);
    this.dispositions.set(key, disposition);
  }

  async sign(key: string, seconds: number): Promise<string> {
    return `https://objects.example.org/${key}?for=${seconds}`;
  }

  file(downloadId: string): Buffer {
    const [, bytes] = [...this.stored].find(([key]) => key.startsWith(`downloads/${downloadId}/file.`)) ?? [];
    if (bytes === undefined) throw new Error(`download ${downloadId} has no file`);
    return Buffer.from(bytes);
  }
}

/** One calendar `cal1` of the owner `ann`, one feed `feed1`, a queue that hands tasks out when it is asked, and letters. */
export class DownloadStage {
  readonly book = new MemoryDownloads();
  readonly objects = new MemoryDownloadObjects();
  readonly sent: DownloadTask[] = [];
  /** Tasks that would come later. */
  readonly delayed: DownloadTask[] = [];
  readonly told: (LifeMessage | ChangeMessage)[] = [];
  readonly letters = new Map<string, Letter>();
  snapshot: Snapshot | undefined;
  /** The ICS that subscribers of the feed see. */
  feedIcs = "";
  name = "팀 회의";
  nowMs = Date.parse("2026-05-06T01:00:00.000Z");
  private ids = 0;

  readonly now = (): Date => new Date(this.nowMs);
  readonly newId = (): string => `d${(this.ids += 1)}`;

  calendar(): LoadedCalendar {
    const calendar: Calendar = {
      version: 1,
      calendarId: "cal1",
      ownerId: "ann",
      name: this.name,
      source: { kind: "push" },
      intervalMinutes: 60,
      state: "active",
      policy: { pastEvents: "keep", refreshHint: "follow" },
      createdAt: "2026-01-01T00:00:00.000Z",
    };
    const snapshotKey = this.snapshot === undefined ? {} : { snapshotKey: "snapshots/cal1/1" };
    const checkpoint = { ...emptyCheckpoint("cal1"), calendarVersion: this.snapshot?.calendarVersion ?? 0, ...snapshotKey };
    return { calendar, checkpoint, hold: undefined };
  }

  private feed(): { feed: Feed; members: []; build: Build } {
    const policy = { class: "guard", people: "drop", alarms: "drop" } as const;
    const feed: Feed = {
      version: 1,
      feedId: "feed1",
      ownerId: "ann",
      name: "All",
      policy,
      state: "active",
      createdAt: "2026-01-01T00:00:00.000Z",
    };
    const etag = this.feedIcs === "" ? {} : { etag: `"${this.feedIcs.length}"`, objectKey: "feeds/feed1/1.ics" };
    return { feed, members: [], build: { version: 1, feedId: "feed1", revision: 1, renderer: 1, members: {}, ...etag } };
  }

  requestPorts(): RequestPorts {
    return {
      downloadBook: this.book,
      calendars: { load: async (calendarId) => (calendarId === "cal1" ? this.calendar() : undefined) },
      feeds: { load: async (feedId) => (feedId === "feed1" ? this.feed() : undefined) },
      downloads: { sendDownloads: async (tasks, delay) => void (delay === 0 ? this.sent : this.delayed).push(...tasks) },
    };
  }

  makePorts(): MakePorts {
    return {
      downloadBook: this.book,
      downloadObjects: this.objects,
      subjects: {
        calendar: async (calendarId) => (calendarId === "cal1" ? this.calendar() : undefined),
        published: async (feedId) => {
          const { objectKey, etag } = this.feed().build;
          return feedId !== "feed1" || objectKey === undefined || etag === undefined ? undefined : { objectKey, etag };
        },
        getSnapshot: async () => {
          if (this.snapshot === undefined) throw new ServiceUnavailable("no snapshot");
          return this.snapshot;
        },
        getFeed: async () => this.feedIcs,
      },
      downloads: this.requestPorts().downloads,
      letters: {
        get: async (letterId) => this.letters.get(letterId),
        put: async (letter) => this.letters.set(letter.letterId, letter).size > 0,
      },
      changes: { publish: async (message) => void this.told.push(message) },
    };
  }

  context(size?: MakeContext["size"]): MakeContext {
    return { now: this.now, writer: sheetWriter, ...(size === undefined ? {} : { size }) };
  }

  /** Works every task that was sent, and what those send; `order` decides which is next. */
  async work(size?: MakeContext["size"], order: (waiting: number) => number = () => 0): Promise<void> {
    while (this.sent.length > 0) {
      const [task] = this.sent.splice(order(this.sent.length), 1);
      if (task !== undefined) await makeDownload(task, this.makePorts(), this.context(size));
    }
  }
}
