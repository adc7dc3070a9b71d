/** Where people and apps read: what stood when they asked and what stood since, so that each answer can be held against what was true meanwhile. */
import type { Build } from "../../lib/contract/feed.ts";
import { Snapshot } from "../../lib/contract/snapshot.ts";
import type { Refusal } from "../../lib/core/failure.ts";
import type { Counter } from "./counter.ts";
import type { Ports } from "./desk.ts";
import type { Process } from "./simulation.ts";

/** A subscriber's request marks its link; nothing else that a reader calls writes anything. */
const READS = new Set([
  "calendars.list",
  "calendars.load",
  "downloadBook.load",
  "feeds.list",
  "feeds.load",
  "hosts.host",
  "letters.list",
  "links.linkAndBuild",
  "links.markUsed",
  "objects.changeSets",
  "objects.getBytes",
  "objects.getChanges",
  "objects.getHeld",
  "objects.getSnapshot",
  "objects.sign",
  "objects.snapshots",
  "ownersReservations.list",
  "quotas.count",
  "quotas.quota",
]);

type Reader = { readonly process: Process; readonly isCalm: boolean; isAnswered: boolean };

export class ReadingRoom {
  readonly counter: Counter;
  /** Every build that subscribers were given, by feed, oldest first. */
  private readonly builds = new Map<string, Build[]>();
  private readonly readers: Reader[] = [];

  constructor(counter: Counter) {
    this.counter = counter;
    const { feeds } = counter.simulation.world;
    for (const build of feeds.builds.values()) this.flipped(build);
    const { observe } = feeds;
    feeds.observe = (before, after): void => {
      observe?.(before, after);
      this.flipped(after);
    };
  }

  get now(): Date {
    return this.counter.context().now();
  }

  /** Somebody reads; what stands at the end of `work` is not played where there is no answer. */
  read(name: string, work: (ports: Ports) => Promise<void>, refused?: (refusal: Refusal) => void): Process {
    const answered = (): void => {
      reader.isAnswered = true;
    };
    const process = this.counter.ask(
      name,
      async (ports) => {
        await work(ports);
        answered();
      },
      (refusal) => {
        refused?.(refusal);
        answered();
      },
    );
    const reader: Reader = { process, isCalm: this.counter.simulation.faultShare === 0, isAnswered: false };
    this.readers.push(reader);
    return process;
  }

  /** Readers wrote nothing, whether they were answered or not; in calm weather each was. */
  check(): void {
    for (const { process, isCalm, isAnswered } of this.readers) {
      const written = process.done.filter((method) => !READS.has(method));
      this.counter.must(written.length === 0, `${process.name} only reads, and called ${written.join()}`);
      this.counter.must(isAnswered || !isCalm, `${process.name} was asked in calm weather and not answered`);
    }
  }

  versionOf(calendarId: string): number {
    return this.counter.simulation.world.calendars.checkpoints.get(calendarId)?.calendarVersion ?? 0;
  }

  /** Whether the calendar had this version at some time since it was at `since`. */
  hadSince(calendarId: string, version: number, since: number): boolean {
    const isCommitted = version === 0 || this.counter.simulation.snapshots.has(`${calendarId} ${version}`);
    return version >= since && isCommitted;
  }

  isFound(calendarId: string): boolean {
    const { calendars } = this.counter.simulation.world;
    return calendars.isFound(calendarId) && calendars.checkpoints.has(calendarId);
  }

  /** Ids of the calendars that people find, in the order of the listing. */
  found(): string[] {
    return [...this.counter.simulation.world.calendars.metas.keys()].filter((calendarId) => this.isFound(calendarId));
  }

  /** What was committed at a version; undefined where it is kept no more. */
  snapshotOf(calendarId: string, version: number): Snapshot | undefined {
    const { snapshots, world } = this.counter.simulation;
    const key = snapshots.get(`${calendarId} ${version}`);
    return key === undefined || !world.objects.stored.has(key) ? undefined : Snapshot.parse(JSON.parse(world.objects.text(key)));
  }

  /** How many builds the feed has had. */
  buildsOf(feedId: string): number {
    return this.builds.get(feedId)?.length ?? 0;
  }

  /** Builds that subscribers could be given at some time since there were `count`. */
  buildsSince(feedId: string, count: number): readonly Build[] {
    return this.builds.get(feedId)?.slice(Math.max(0, count - 1)) ?? [];
  }

  private flipped(build: Build): void {
    this.builds.set(build.feedId, [...(this.builds.get(build.feedId) ?? []), structuredClone(build)]);
  }
}
