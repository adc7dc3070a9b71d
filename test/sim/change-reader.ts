/** An app that asks for what changed after the version it has, page by page, and keeps a copy by it. */
import type { ChangeSet } from "../../lib/contract/change.ts";
import type { ChangesPage } from "../../lib/contract/changes-page.ts";
import { listChanges } from "../../lib/sync/list-changes.ts";
import { sampleEvents } from "../sync/sources.ts";
import type { App, Asked } from "./app.ts";
import type { Drill } from "./drill.ts";
import { applied, facts } from "./observer.ts";

const PAGES_MOST = 30;
const VERSIONS = 5;

type Asking = { readonly from: number; readonly limit?: number; readonly cursor?: string | undefined; readonly now?: Date };
type Copy = Parameters<typeof applied>[0];

export class ChangeReader {
  readonly drill: Drill;
  readonly app: App;
  /** What the calendar held at each version, as an app keeps it. */
  readonly copies = new Map<number, Copy>([[0, []]]);
  /** Change sets that were read for what was followed last. */
  reads = 0;

  constructor(drill: Drill, app: App) {
    this.drill = drill;
    this.app = app;
  }

  /** Some versions, each with events that are new, changed and gone. */
  async grow(): Promise<void> {
    for (let count = 1; count <= VERSIONS; count += 1) {
      await this.app.put([
        ...sampleEvents(2, `Grown ${count}`, "grow-"),
        ...sampleEvents(count % 2, "Now and then", "seldom-"),
        ...sampleEvents(2, "New", `new${count}-`),
      ]);
      this.keep();
    }
  }

  keep(): void {
    const set = this.setOf(this.app.version);
    this.copies.set(this.app.version, applied(this.copies.get(set.previousVersion) ?? [], set));
  }

  async ask({ from, limit = 50, cursor, now }: Asking): Promise<Asked<ChangesPage>> {
    return await this.app.ask(
      async (ports) =>
        await listChanges(this.app.calendarId, { from, limit, cursor }, ports, now ?? this.drill.simulation.world.clock.now()),
    );
  }

  async refusal(asking: Asking): Promise<string | undefined> {
    return (await this.ask(asking)).refused;
  }

  /** Asks page after page; whoever does so comes to what the calendar holds now. */
  async follow(from: number, limit: number): Promise<void> {
    const what = `who has version ${from} and asks for ${limit} messages at a time`;
    const copy = { version: from, events: from === 0 ? [] : (this.copies.get(from) ?? []) };
    this.reads = 0;
    let cursor: string | undefined;
    for (let page = 1; page === 1 || cursor !== undefined; page += 1) {
      const { answer, refused, calls } = await this.ask({ from, limit, cursor });
      if (answer === undefined || page > PAGES_MOST) return this.drill.must(false, `${what} never comes to an end: ${refused}`);
      ({ cursor } = answer);
      this.reads += calls.filter((call) => call === "objects.getChanges").length;
      this.mustFit(what, answer, limit);
      for (const item of answer.items) this.take(what, copy, item, from);
    }
    const wanted = this.copies.get(this.app.version) ?? [];
    this.drill.must(copy.version === this.app.version, `${what} comes to version ${copy.version}, wanted ${this.app.version}`);
    this.drill.must(facts(copy.events) === facts(wanted), `${what} has another copy of it in the end`);
  }

  private mustFit(what: string, { items, cursor }: ChangesPage, limit: number): void {
    const isSo = items.length === limit || (items.length > 0 && items.length < limit && cursor === undefined);
    this.drill.must(isSo, `${what} gets a page of ${items.length}, and ${cursor === undefined ? "none" : "another"} after it`);
  }

  private take(what: string, copy: { version: number; events: Copy }, item: ChangesPage["items"][number], from: number): void {
    if (!("part" in item)) {
      copy.version = item.calendarVersion;
      return;
    }
    const isNext = item.previousVersion === (from === 0 ? 0 : copy.version);
    this.drill.must(isNext, `${what} hears of version ${item.calendarVersion} after ${copy.version}`);
    copy.events = applied(copy.events, { changes: item.changes ?? [] });
  }

  setOf(version: number): ChangeSet {
    const { objects } = this.drill.simulation.world;
    const set: ChangeSet = JSON.parse(objects.text(this.keyOf(version)));
    return set;
  }

  /** Of the committed set. */
  keyOf(version: number): string {
    const prefix = `changes/${this.app.calendarId}/`;
    const keys = [...this.drill.simulation.world.objects.stored.keys()].filter((key) => key.startsWith(prefix));
    const key = keys.find((one) => Number.parseInt(one.slice(prefix.length), 10) === version && !one.includes("stray"));
    if (key === undefined) throw new Error(`no set of version ${version}`);
    return key;
  }

  storedMs(version: number): number {
    return this.drill.simulation.world.objects.stored.get(this.keyOf(version))?.modifiedMs ?? 0;
  }
}
