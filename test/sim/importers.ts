/** People who put a registry into a stack, broken off and asked again: nothing is ever there by half, and in the end it is there as the file says. */
import type { RegistryLine } from "../../lib/contract/registry-file.ts";
import { Refusal } from "../../lib/core/failure.ts";
import { textOfLine } from "../../lib/core/registry-file.ts";
import { requireEmpty } from "../../lib/sync/check-registry.ts";
import { applyRegistry } from "../../lib/sync/import-registry.ts";
import type { Counter } from "./counter.ts";
import { command, Errand } from "./errands.ts";
import { check, OtherStack, registryPorts, streamOf } from "./other-stack.ts";
import { canonical } from "./registry-records.ts";
import { exportedText, recordsIn, standingOf } from "./registry-standing.ts";
import type { Standing } from "./registry-standing.ts";
import { brokenOf } from "./rules.ts";
import type { Rule } from "./rules.ts";
import type { Process } from "./simulation.ts";

/** Of a registry that is taken elsewhere. */
const CALENDARS = 1;
const FEEDS = 3;
/** Two at once, who do not know of each other. */
const BOTH_SHARE = 0.3;

export class Importers {
  private readonly counter: Counter;
  private readonly moves: Errand[] = [];
  private readonly own: Errand;
  /** What the people of this stack were sent by those of another one. */
  private readonly file: readonly string[];

  constructor(counter: Counter, file: readonly string[]) {
    this.counter = counter;
    this.file = file;
    this.own = new Errand((errand) => this.add(errand));
  }

  /** Into another stack, which is empty and has nobody but them. */
  move(texts: readonly string[]): void {
    const to = new OtherStack(this.counter.simulation.nowMs);
    const errand = new Errand((one) => this.put(one, someOf(texts), to));
    this.moves.push(errand);
    errand.go();
    if (this.counter.random.chance(BOTH_SHARE)) this.put(errand, someOf(texts), to);
  }

  /** Into the stack that works. */
  addOwn(): void {
    this.own.go();
  }

  /** Whoever was broken off asks again. */
  goOn(): void {
    for (const errand of [...this.moves, this.own]) if (errand.processes.length > 0) errand.go();
  }

  settle(): void {
    this.addOwn();
    this.goOn();
  }

  check(): void {
    const open = [...this.moves, this.own].filter(({ isDone }) => !isDone).length;
    this.counter.must(open === 0, `${open} registries were not put in, although all is well`);
    this.mustHave(standingOf(this.counter.simulation), this.file, "the stack that works");
  }

  private put(errand: Errand, texts: readonly string[], to: OtherStack): Process {
    const { counter } = this;
    for (const text of halvesIn(to, texts)) counter.must(false, `after an import that was broken off ${text}`);
    return command(counter, "import registry elsewhere", async (call) => {
      const ports = registryPorts(to.desk.portsWith(call));
      await requireEmpty(await check(texts), ports);
      const context = { now: to.world.clock.now, newId: to.world.newId };
      for await (const { line, outcome, code } of applyRegistry(streamOf(texts), ports, context))
        counter.must(outcome !== "failed", `a ${line.kind} of a registry was refused elsewhere: ${code}`);
      this.mustHave(standingOf(to), texts, "another stack");
      errand.isDone = true;
    });
  }

  /** It has other calendars, so that nobody takes it for empty; what the file adds is added. */
  private add(errand: Errand): Process {
    const { counter, file } = this;
    const { simulation } = counter;
    return command(counter, "import registry", async (call) => {
      const ports = registryPorts(simulation.desk.portsWith(call));
      const checked = await check(file);
      const seen = await requireEmpty(checked, ports).then(
        () => "nothing",
        (error: unknown) => {
          if (error instanceof Refusal) return error.what;
          throw error;
        },
      );
      counter.must(seen.startsWith("the stack has calendar "), `a stack that works was taken for empty: ${seen}`);
      for await (const { line, outcome, code } of applyRegistry(streamOf(file), ports, counter.context()))
        counter.must(outcome !== "failed", `a ${line.kind} of a registry was refused: ${code}`);
      this.mustHave(standingOf(simulation), file, "the stack that works");
      errand.isDone = true;
    });
  }

  /** Of what goes on working only that it is there: imports and builds write it, and people pause it. */
  private mustHave(there: Standing, texts: readonly string[], where: string): void {
    for (const [name, record] of texts.flatMap((text) => recordsIn(JSON.parse(text)))) {
      if (name.startsWith("object ")) continue;
      const seen = there.get(name);
      const isSame = where !== "another stack" || canonical(seen) === exportedText(name, record, true);
      this.counter.must(seen !== undefined && isSame, `${name} of a registry's file is ${canonical(seen)} in ${where}`);
    }
  }
}

/** What people find there by half: before its checkpoint, its members, its links or its bytes. */
function halvesIn({ world }: OtherStack, texts: readonly string[]): string[] {
  const { calendars, objects } = world;
  const keys = [...calendars.checkpoints.values()].map(({ snapshotKey }) => snapshotKey);
  const rules: Rule[] = [
    ...[...calendars.metas.keys()].map((id): Rule => [calendars.checkpoints.has(id), `calendar ${id} has no checkpoint`]),
    ...keys.map((key): Rule => [key === undefined || objects.stored.has(key), `there is no ${key}`]),
    ...texts
      .map((text): RegistryLine => JSON.parse(text))
      .flatMap((line) => (line.kind === "feed" ? feedRules(line, world) : [])),
  ];
  return brokenOf(rules);
}

function feedRules(line: Extract<RegistryLine, { readonly kind: "feed" }>, { feeds, objects }: OtherStack["world"]): Rule[] {
  const { feedId } = line.feed;
  if (!feeds.metas.has(feedId)) return [];
  const links = [...feeds.links.values()].filter((link) => link.feedId === feedId).length;
  const { objectKey } = feeds.builds.get(feedId) ?? {};
  return [
    [feeds.members.get(feedId)?.size === line.members.length, `feed ${feedId} has not all its members`],
    [links === line.links.length, `feed ${feedId} has not all its links`],
    [objectKey === line.build?.objectKey, `feed ${feedId} has other bytes than the file`],
    [objectKey === undefined || objects.stored.has(objectKey), `there is no ${objectKey}`],
  ];
}

/** The same file with a few of its calendars and feeds. */
function someOf(texts: readonly string[]): readonly string[] {
  const lines = texts.map((text): RegistryLine => JSON.parse(text)).filter(({ kind }) => kind !== "end");
  const calendarIds = lines.flatMap((line) => (line.kind === "calendar" ? [line.calendar.calendarId] : []));
  const feedIds = lines.flatMap((line) => (line.kind === "feed" ? [line.feed.feedId] : []));
  const [calendars, feeds] = [new Set(calendarIds.slice(-CALENDARS)), new Set(feedIds.slice(-FEEDS))];
  const kept = lines.filter((line) => {
    if (line.kind === "snapshot") return calendars.has(line.snapshot.calendarId);
    if (line.kind === "calendar") return calendars.has(line.calendar.calendarId);
    if (line.kind === "published") return feeds.has(line.feedId);
    return line.kind !== "feed" || feeds.has(line.feed.feedId);
  });
  return [...kept, { kind: "end" as const, version: 1 as const, records: kept.length }].map((line) => textOfLine(line).trimEnd());
}
