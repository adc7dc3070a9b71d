/** Feeds: each build shows just the versions that it names, and an end says what was done. */
import type { Build } from "../../lib/contract/feed.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import type { ExportTask } from "../../lib/contract/task.ts";
import { titlesOf } from "./observer.ts";
import { brokenOf } from "./rules.ts";
import type { Rule } from "./rules.ts";
import { showsJust } from "./shown.ts";
import type { Process, Simulation } from "./simulation.ts";
import { Told } from "./told.ts";

export class Exports {
  private readonly simulation: Simulation;
  /** Since when people find each feed. */
  private readonly madeMs = new Map<string, number>();

  constructor(simulation: Simulation) {
    this.simulation = simulation;
    const { feeds } = simulation.world;
    const told = new Told(simulation);
    const [flip, putFeed] = [feeds.flip.bind(feeds), feeds.putFeed.bind(feeds)];
    feeds.putFeed = async (feed) => {
      if (!feeds.metas.has(feed.feedId)) this.madeMs.set(feed.feedId, simulation.nowMs);
      await putFeed(feed);
    };
    feeds.flip = async (build, revision) => {
      const rules = this.flipRules(build);
      const before = feeds.builds.get(build.feedId);
      const end = await flip(build, revision);
      if (end === "saved") told.flipped(before, build);
      // Whoever builds what was removed meanwhile is cleared away after.
      if (end === "saved" && feeds.metas.get(build.feedId)?.state === "active") this.check(`feed ${build.feedId}`, rules);
      return end;
    };
  }

  /** Asked at each end of an export. */
  ended(process: Process, { feedId }: ExportTask, status: string): void {
    const state = this.simulation.world.feeds.metas.get(feedId)?.state ?? "removed";
    const isNew = (this.madeMs.get(feedId) ?? 0) >= process.startedMs;
    const has = (method: string): boolean => process.done.includes(method);
    this.check(`${process.name} ended ${status}`, [
      [status !== "exported" || (has("objects.putFeed") && has("feeds.flip")), "and published nothing"],
      [status !== "unchanged" || !has("objects.putFeed") || hasLost(process), "and published something"],
      [status !== "gone" || state === "removed" || isNew, "and its feed is there"],
      [status !== "exported" || has("objects.pruneFeed"), "and left what nobody reads"],
    ]);
  }

  private flipRules(build: Build): Rule[] {
    const { feeds, objects } = this.simulation.world;
    const { feedId, objectKey, members } = build;
    const text = objectKey === undefined || !objects.stored.has(objectKey) ? "" : objects.text(objectKey);
    const shown = Object.entries(members).map(([calendarId, version]) => this.snapshotText(calendarId, version));
    const isFirst = feeds.builds.get(feedId) === undefined;
    const held = shown.join("\n");
    return [
      [shown.includes(undefined) || showsJust(text, held), `shows ${titlesOf(text)}, its versions hold ${titlesOf(held)}`],
      [!isFirst || Object.keys(members).length > 0, "is published empty before anybody read its sources"],
      [build.begunAt === undefined || build.begunAt <= new Date(this.simulation.nowMs).toISOString(), "was begun later"],
    ];
  }

  private snapshotText(calendarId: string, version: number): string | undefined {
    const key = this.simulation.snapshots.get(`${calendarId} ${version}`);
    if (key === undefined || !this.simulation.world.objects.stored.has(key)) return undefined;
    const { events }: Snapshot = JSON.parse(this.simulation.world.objects.text(key));
    return events.map(({ text }) => text).join("\n");
  }

  private check(what: string, rules: readonly Rule[]): void {
    for (const text of brokenOf(rules)) this.simulation.violate(`${what} ${text}`);
  }
}

/** Its first build came too late. */
function hasLost({ done }: Process): boolean {
  return done.filter((method) => method === "feeds.load").length > 1;
}
