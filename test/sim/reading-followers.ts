/** Apps that keep a copy of a calendar by its changes: page by page, with versions committed between the pages, they come to what it holds. */
import { ChangesQuery } from "../../lib/contract/change.ts";
import type { ChangesPage } from "../../lib/contract/changes-page.ts";
import type { Refusal } from "../../lib/core/failure.ts";
import { listChanges } from "../../lib/sync/list-changes.ts";
import { applied, facts } from "./observer.ts";
import type { ReadingRoom } from "./reading-room.ts";
import type { Process } from "./simulation.ts";

const MESSAGES_MOST = 6;
/** Far more than any world has. */
const PAGES_MOST = 5000;

type Copy = Parameters<typeof applied>[0];
type Message = ChangesPage["items"][number];
/** What an app has of a version of which it has not every message. */
type Piece = { readonly version: number; readonly part: number; readonly events: Copy };

export class Follower {
  readonly calendarId: string;
  private readonly room: ReadingRoom;
  /** The version that it has as a whole, with what was in it; 0 where it has nothing. */
  private version = 0;
  private events: Copy = [];
  private partial: Piece | undefined;
  /** What the page before said of the next; undefined where it asks with its version alone. */
  private cursor: string | undefined;
  /** The version that it had when it asked for the first page. */
  private from = 0;
  private asked: Process | undefined;
  private isPatient = true;
  private isOver = false;

  constructor(room: ReadingRoom, calendarId: string) {
    this.room = room;
    this.calendarId = calendarId;
  }

  get isAmidPages(): boolean {
    return this.cursor !== undefined;
  }

  /** Asks for the next page, unless its last request may still be answered. */
  next(): void {
    if (this.asked?.state === "running" || this.isOver) return;
    const { random } = this.room.counter;
    const { calendarId } = this;
    const query = this.query(random.between(1, MESSAGES_MOST));
    const since = this.room.versionOf(calendarId);
    this.asked = this.room.read(
      `changes of ${calendarId} since ${query.from}`,
      async (ports) => {
        const page = await listChanges(calendarId, query, ports, this.room.now);
        this.must(this.room.hadSince(calendarId, page.calendarVersion, since), `is told version ${page.calendarVersion}`);
        this.take(page, query);
        // The next page at once, or whenever it comes to it.
        if (this.cursor !== undefined && (!this.isPatient || random.chance(0.3))) this.follow();
      },
      (refusal) => this.refused(refusal),
    );
  }

  /** It lost its copy and has one of before, or, where that is kept no more, none. */
  restore(): void {
    if (this.asked?.state === "running") return;
    const { random } = this.room.counter;
    const version = random.chance(0.2) ? 0 : random.between(1, Math.max(1, this.room.versionOf(this.calendarId) - 1));
    this.keep(version, this.room.snapshotOf(this.calendarId, version)?.events);
  }

  /** Page after page, until there is none. */
  finish(): void {
    this.isPatient = false;
    this.next();
  }

  /** At rest it comes to what the calendar holds. */
  async check(): Promise<void> {
    const { calendarId, room } = this;
    const { calendars, objects } = room.counter.simulation.world;
    if (!room.isFound(calendarId)) return;
    for (let page = 0; page < PAGES_MOST && (page === 0 || this.cursor !== undefined); page += 1) {
      const query = this.query(MESSAGES_MOST);
      this.take(await listChanges(calendarId, query, { calendars, objects }, room.now), query);
    }
    this.must(this.version === room.versionOf(calendarId), `stands at version ${this.version} in the end`);
  }

  private query(limit: number): ChangesQuery {
    const { cursor } = this;
    if (cursor === undefined) this.from = this.version;
    return ChangesQuery.parse({ from: this.from, limit, ...(cursor === undefined ? {} : { cursor }) });
  }

  /** In a happening of its own: this request has not ended yet. */
  private follow(): void {
    this.room.counter.simulation.at(1, () => this.next());
  }

  private take({ items, cursor, calendarVersion }: ChangesPage, { from, limit }: ChangesQuery): void {
    const isWhole = from === 0;
    this.must(items.length <= limit, `asked for ${limit} messages and got ${items.length}`);
    this.must(items.length > 0 || from === calendarVersion, `got an empty page at version ${calendarVersion}`);
    for (const item of items) this.hear(item, isWhole);
    this.cursor = cursor;
    if (cursor !== undefined) return;
    const { version, partial } = this;
    this.must(partial === undefined, `has ${partial?.part} parts of version ${partial?.version} after the last page`);
    // Of a snapshot the cursors lead on, though the calendar may have moved on meanwhile.
    if (!isWhole) this.must(version === calendarVersion, `was told version ${calendarVersion} and came to ${version}`);
    else if (!this.isPatient && version < calendarVersion) this.follow();
  }

  private hear(item: Message, isWhole: boolean): void {
    const { partial, version } = this;
    const { calendarVersion } = item;
    const had = partial ?? { version: calendarVersion, part: 0, events: isWhole ? [] : this.events };
    const isNext = partial === undefined ? item.previousVersion === version : partial.version === calendarVersion;
    this.must(isNext, `hears of version ${calendarVersion} after version ${version}, part ${partial?.part ?? 0}`);
    if ("part" in item) {
      this.must(item.part === had.part + 1, `hears part ${item.part} of version ${calendarVersion} after part ${had.part}`);
      this.partial = { version: calendarVersion, part: item.part, events: applied(had.events, { changes: item.changes ?? [] }) };
      return;
    }
    this.must(item.parts === had.part, `heard ${had.part} of ${item.parts} parts of version ${calendarVersion}`);
    this.partial = undefined;
    [this.version, this.events] = [calendarVersion, had.events];
    const held = this.room.snapshotOf(this.calendarId, calendarVersion)?.events;
    const isSo = held === undefined || facts(held) === facts(had.events);
    this.must(isSo, `has another copy of version ${calendarVersion} than was committed`);
  }

  /** Whoever is told to begin anew has no version from which the changes are kept; nobody is ahead of a calendar. */
  private refused({ code, what }: Refusal): void {
    const isTrue = code === "snapshot-needed" ? this.isCut() : code === "calendar-unknown" && !this.room.isFound(this.calendarId);
    this.must(isTrue, `was refused: ${what}`);
    if (code === "calendar-unknown") this.isOver = true;
    else this.keep(0, undefined);
    if (!this.isPatient) this.follow();
  }

  /** Whether what it asked for is there no more: a snapshot that it read in part, or the changes of a version. */
  private isCut(): boolean {
    const { calendarId, version, partial } = this;
    const { changes, world } = this.room.counter.simulation;
    if (version === 0) return this.room.snapshotOf(calendarId, partial?.version ?? 0) === undefined;
    const prefix = `changes/${calendarId}/`;
    const committed = [...changes].filter(
      (key) => key.startsWith(prefix) && Number.parseInt(key.slice(prefix.length), 10) > version,
    );
    return committed.some((key) => !world.objects.stored.has(key));
  }

  private keep(version: number, events: Copy | undefined): void {
    [this.version, this.events] = events === undefined ? [0, []] : [version, events];
    [this.partial, this.cursor] = [undefined, undefined];
  }

  private must(isSo: boolean, otherwise: string): void {
    this.room.counter.must(isSo, `an app that follows ${this.calendarId} ${otherwise}`);
  }
}
