/** One feed of its own, with workers that are given one task each: what they answer, and which calls they make for it. */
import type { Build, Feed, Member } from "../../lib/contract/feed.ts";
import { FeedDraft } from "../../lib/contract/feed.ts";
import type { Letter } from "../../lib/contract/letter.ts";
import type { ExportTask } from "../../lib/contract/task.ts";
import { definitionOf } from "../../lib/core/feed-build.ts";
import { letterOf } from "../../lib/core/letters.ts";
import type { TaskEnd } from "../../lib/core/runs.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import { exportFeed } from "../../lib/sync/export-feed.ts";
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";
import type { Fault, Rival } from "./simulation.ts";
import { rethrowUnlessPassing } from "./workers.ts";

/** Name of the worker that is watched. */
const PRINTER = "printer (drill)";

export type Printed = { readonly end: TaskEnd | undefined; readonly calls: readonly string[] };

export class Press {
  readonly drill: Drill;
  readonly feedId: string;
  private count = 0;

  private constructor(drill: Drill, feedId: string) {
    this.drill = drill;
    this.feedId = feedId;
  }

  /** A new feed of these calendars, built once where any of them was read. */
  static async of(drill: Drill, calendarIds: readonly string[]): Promise<Press> {
    const { world } = drill.simulation;
    const draft = FeedDraft.parse({ name: "Press", members: calendarIds.map((calendarId) => ({ calendarId })) });
    let feedId = "";
    await drill.ask("create a feed", async (ports) => {
      feedId = (await createFeed(draft, ports, { ...drill.context(), randomBytes: world.randomBytes })).feed.feedId;
    });
    return new Press(drill, feedId);
  }

  get feed(): Feed {
    const feed = this.drill.simulation.world.feeds.metas.get(this.feedId);
    if (feed === undefined) throw new Error(`feed ${this.feedId} is gone in the midst of a drill`);
    return feed;
  }

  get members(): Member[] {
    return [...(this.drill.simulation.world.feeds.members.get(this.feedId)?.values() ?? [])];
  }

  get build(): Build | undefined {
    return this.drill.simulation.world.feeds.builds.get(this.feedId);
  }

  /** What subscribers get, each content line whole; empty where nothing is published. */
  get ics(): string {
    const key = this.build?.objectKey;
    const text = key === undefined ? "" : this.drill.simulation.world.objects.text(key);
    return text.replaceAll("\r\n ", "");
  }

  /** Of the feed as it is now. */
  get definition(): string {
    return definitionOf(this.feed, this.members, this.drill.simulation.world.clock.now());
  }

  get letter(): Letter | undefined {
    return this.drill.simulation.world.letters.stored.get(`export-${this.feedId}`);
  }

  /** How often apps heard of this revision. */
  timesTold(revision: number | undefined): number {
    return this.drill.simulation.world.told.filter(
      (message) => message.kind === "feed.published" && message.feedId === this.feedId && message.revision === revision,
    ).length;
  }

  /** Its owner gives it another name: another definition, other bytes. */
  rename(): string {
    this.count += 1;
    const name = `Press ${this.count}`;
    this.drill.simulation.world.feeds.metas.set(this.feedId, { ...this.feed, name });
    return name;
  }

  /** A build of it was given up a while ago, and nobody has done anything about it. */
  openLetter(letterId = `export-${this.feedId}`): void {
    const { letters, clock } = this.drill.simulation.world;
    this.count += 1;
    const at = new Date(clock.nowMs - 60_000).toISOString();
    const dead = {
      messageId: `press${this.count}`,
      body: JSON.stringify(this.task({ taskId: "given up" })),
      queue: "export-dead-letters",
      sentAt: at,
      code: "aws-unavailable",
      reason: "no answer",
      attempts: 5,
    };
    const letter = letterOf(dead, letters.stored.get(letterId), at);
    letters.stored.set(letterId, { ...letter, letterId });
  }

  task(more: Partial<ExportTask> = {}): ExportTask {
    this.count += 1;
    return { version: 1, kind: "export", taskId: `press-${this.count}`, feedId: this.feedId, reason: "changed", ...more };
  }

  /** What a worker does with the task. */
  async print(task: ExportTask, ports: Ports): Promise<TaskEnd> {
    return await exportFeed(task, ports, this.drill.context());
  }

  /** A worker is given the task, alone but for what `disturbed` says of its calls. */
  async run(task: ExportTask, disturbed?: (method: string) => Fault | Rival | undefined): Promise<Printed> {
    const calls: string[] = [];
    let end: TaskEnd | undefined;
    const { simulation, course } = this.drill;
    await this.drill.planned(
      ({ name }, method) => {
        if (name !== PRINTER) return undefined;
        calls.push(method);
        return disturbed?.(method);
      },
      async () => {
        const message = { task, deadLetters: simulation.world.exportDeadLetters, receives: 1 };
        simulation.spawn(PRINTER, async (ports) => void (end = await this.print(task, ports).catch(endOf)), message);
        await course.drain();
      },
    );
    return { end, calls };
  }

  /** The same, and what must come of it. */
  async must(task: ExportTask, status: string, state: string): Promise<readonly string[]> {
    const { end, calls } = await this.run(task);
    const seen = end?.kind === "done" ? end.status : end?.failure.code;
    this.drill.must(seen === status, `a build of a feed that ${state} ended ${seen}, wanted ${status}`);
    return calls;
  }
}

/** What the batch makes of a throw. */
function endOf(error: unknown): TaskEnd {
  rethrowUnlessPassing(error);
  return { kind: "retry", delaySeconds: 1, failure: { code: "aws-unavailable", reason: String(error) } };
}
