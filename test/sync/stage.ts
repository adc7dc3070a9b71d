/** A world for examples: calendars and feeds in one line each, every port call in a list, disturbances where a test asks for them. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import { FeedDraft } from "../../lib/contract/feed.ts";
import type { Build } from "../../lib/contract/feed.ts";
import type { Letter } from "../../lib/contract/letter.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import type { ExportTask, ImportTask } from "../../lib/contract/task.ts";
import type { TaskEnd } from "../../lib/core/runs.ts";
import { minuteOf } from "../../lib/core/slots.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import { exportFeed } from "../../lib/sync/export-feed.ts";
import { importCalendar } from "../../lib/sync/import-calendar.ts";
import { recordLetter } from "../../lib/sync/record-letter.ts";
import type { MemoryQueue } from "./memory-queue.ts";
import { sampleEvents } from "./sources.ts";
import type { Source } from "./sources.ts";
import { World } from "./world.ts";
import type { Ports } from "./world.ts";

export type Disturbance = (effect: () => Promise<unknown>) => Promise<unknown>;

/** The process ends here: before the call takes effect, or right after it. */
export const crashBefore: Disturbance = async () => await Promise.reject(new Error("crash"));
export const crashAfter: Disturbance = async (effect) => {
  await effect();
  throw new Error("crash");
};
/** The answer was lost and the SDK sent the call once more. */
export const sentTwice: Disturbance = async (effect) => {
  await effect();
  return await effect();
};

export type Planted = { readonly calendarId: string; readonly source: Source };

export class Stage {
  readonly world = new World();
  readonly ports: Ports;
  /** `port.method` of each call since the list was last emptied. */
  readonly calls: string[] = [];
  private readonly disturbances = new Map<string, Disturbance[]>();
  private sources = 0;

  constructor() {
    this.ports = this.world.portsWith(async (method, effect) => {
      this.calls.push(method);
      const disturbance = this.disturbances.get(method)?.shift();
      return await (disturbance === undefined ? effect() : disturbance(effect));
    });
  }

  /** Disturbs the next call of `port.method`. */
  disturb(method: string, disturbance: Disturbance): void {
    this.disturbances.set(method, [...(this.disturbances.get(method) ?? []), disturbance]);
  }

  /** Lets something else happen just before the next call of `port.method`. */
  before(method: string, happening: () => Promise<unknown>): void {
    this.disturb(method, async (effect) => {
      await happening();
      return await effect();
    });
  }

  /** A calendar whose first import waits for its turn. */
  async plant(count = 5, draft: Partial<CalendarDraft> = {}): Promise<Planted> {
    this.sources += 1;
    const url = `https://host${this.sources}.example/calendar.ics`;
    const source = this.world.sources.add(url, sampleEvents(count));
    const whole = CalendarDraft.parse({ firstImport: "turn", ...draft, source: { kind: "url", url } });
    const { calendar } = await createCalendar(whole, this.ports, this.context());
    return { calendarId: calendar.calendarId, source };
  }

  /** A calendar with its first import done. */
  async grow(count = 5, draft: Partial<CalendarDraft> = {}): Promise<Planted> {
    const planted = await this.plant(count, draft);
    await this.importTurn(planted.calendarId);
    await this.exportAll();
    this.settle();
    return planted;
  }

  async feedOf(...calendarIds: readonly string[]): Promise<{ feedId: string; token: string }> {
    const members = calendarIds.map((calendarId) => ({ calendarId }));
    const created = await createFeed(FeedDraft.parse({ name: "Team", members }), this.ports, {
      ...this.context(),
      randomBytes: this.world.randomBytes,
    });
    await this.exportAll();
    this.settle();
    return { feedId: created.feed.feedId, token: created.token };
  }

  /** The task of the calendar's turn at this minute; each call is a minute later than the one before. */
  turnTask(calendarId: string, fields: Partial<ImportTask> = {}): ImportTask {
    this.world.clock.minutes(1);
    const turn = minuteOf(this.world.clock.now());
    const startAt = this.world.clock.now().toISOString();
    return { version: 1, kind: "import", taskId: `${calendarId}@${turn}`, calendarId, turn, startAt, reason: "tick", ...fields };
  }

  askedTask(calendarId: string, fields: Partial<ImportTask> = {}): ImportTask {
    this.world.clock.advance(1000);
    const startAt = this.world.clock.now().toISOString();
    return { version: 1, kind: "import", taskId: `${startAt}~asked`, calendarId, startAt, reason: "sync-now", ...fields };
  }

  /** Imports what waits on the urgent queue, and says how each ended. */
  async workUrgent(): Promise<string[]> {
    const ends: string[] = [];
    for (const { messageId, body } of this.world.urgent.messages.values()) {
      this.world.urgent.acknowledge(messageId);
      const end = await this.import(JSON.parse(body));
      ends.push(end.kind === "retry" ? "retry" : end.status);
    }
    return ends;
  }

  async import(task: ImportTask): Promise<TaskEnd> {
    return await importCalendar(task, this.ports, {
      ...this.context(),
      random: () => 0.5,
      signal: new AbortController().signal,
      attempts: 5,
    });
  }

  async importTurn(calendarId: string, fields: Partial<ImportTask> = {}): Promise<TaskEnd> {
    return await this.import(this.turnTask(calendarId, fields));
  }

  async export(task: ExportTask): Promise<TaskEnd> {
    return await exportFeed(task, this.ports, { now: this.world.clock.now });
  }

  /** Builds whatever waits in the export queue. */
  async exportAll(): Promise<TaskEnd[]> {
    const ends: TaskEnd[] = [];
    for (const { messageId, body } of this.world.exports.messages.values()) {
      this.world.exports.acknowledge(messageId);
      const task: ExportTask = JSON.parse(body);
      ends.push(await this.export(task));
    }
    return ends;
  }

  /** The alert function's work on one dead-letter queue. */
  async recordAll(queue: MemoryQueue = this.world.importDeadLetters): Promise<string[]> {
    const ends: string[] = [];
    for (;;) {
      const delivery = queue.receive();
      if (delivery === undefined) return ends;
      ends.push(await recordLetter(queue.deadDelivery(delivery), this.ports, this.world.clock.now()));
      queue.acknowledge(delivery.messageId);
    }
  }

  context(): { now: () => Date; newId: () => string } {
    return { now: this.world.clock.now, newId: this.world.newId };
  }

  /** Forgets what was called and published so far. */
  settle(): void {
    this.calls.length = 0;
    this.world.published.length = 0;
    this.world.told.length = 0;
  }

  calendar(calendarId: string): Calendar {
    return known(this.world.calendars.metas.get(calendarId), `calendar ${calendarId}`);
  }

  checkpoint(calendarId: string): Checkpoint {
    return known(this.world.calendars.checkpoints.get(calendarId), `checkpoint of ${calendarId}`);
  }

  build(feedId: string): Build {
    return known(this.world.feeds.builds.get(feedId), `build of ${feedId}`);
  }

  letter(letterId: string): Letter {
    return known(this.world.letters.stored.get(letterId), `letter ${letterId}`);
  }

  snapshot(calendarId: string): Snapshot {
    const key = known(this.checkpoint(calendarId).snapshotKey, `snapshot of ${calendarId}`);
    const snapshot: Snapshot = JSON.parse(this.world.objects.text(key));
    return snapshot;
  }

  ics(feedId: string): string {
    return this.world.objects.text(known(this.build(feedId).objectKey, `object of ${feedId}`));
  }
}

function known<Value>(value: Value | undefined, name: string): Value {
  if (value === undefined) throw new Error(`there is no ${name}`);
  return value;
}
