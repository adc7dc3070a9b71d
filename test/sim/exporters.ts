/** People who take the whole registry out while everything moves: a file that ended has each thing that was there all the while, once and as it was. */
import { exportRegistry } from "../../lib/sync/export-registry.ts";
import type { Counter } from "./counter.ts";
import { command } from "./errands.ts";
import { brokenIn, OtherStack, registryPorts, textsOf } from "./other-stack.ts";
import { canonical } from "./registry-records.ts";
import { exportedText, FOUND, lastingOf, pointerIn, recordsIn, standingOf } from "./registry-standing.ts";
import type { Standing } from "./registry-standing.ts";

const OBJECT = "object ";

export class Exporters {
  /** Of the file that ended last. */
  newest: readonly string[] | undefined;
  private readonly counter: Counter;

  constructor(counter: Counter) {
    this.counter = counter;
  }

  export(withEvents: boolean): void {
    const { simulation } = this.counter;
    command(this.counter, `export registry ${withEvents ? "with" : "without"} events`, async (call) => {
      const before = standingOf(simulation);
      const ports = registryPorts(simulation.desk.portsWith(call));
      const texts = await textsOf(exportRegistry({ withEvents }, ports, simulation.world.clock.now()));
      await this.checkFile(texts, withEvents, before);
      this.newest = texts;
    });
  }

  /** At rest a file has all that the stack has, and another stack has it all from the file. */
  async checkRest(): Promise<void> {
    const { simulation } = this.counter;
    const ports = registryPorts(simulation.desk.portsWith(async (_method, effect) => await effect()));
    const before = standingOf(simulation);
    const texts = await textsOf(exportRegistry({ withEvents: true }, ports, simulation.world.clock.now()));
    await this.checkFile(texts, true, before);
    const stack = new OtherStack(simulation.nowMs);
    await stack.restore(texts);
    const there = standingOf(stack);
    for (const [name, record] of lastingOf(before, before)) {
      const isSame = there.has(name) && canonical(there.get(name)) === exportedText(name, record, true);
      this.counter.must(isSame, `${name} was taken to another stack, and is there ${canonical(there.get(name))}`);
    }
  }

  private async checkFile(texts: readonly string[], withEvents: boolean, before: Standing): Promise<void> {
    const { counter } = this;
    const taken = await brokenIn(texts);
    counter.must(taken === "whole", `a registry was written that no stack takes: ${taken}`);
    const after = standingOf(counter.simulation);
    const file = new Map<string, unknown>();
    for (const [name, record] of texts.flatMap((text) => recordsIn(JSON.parse(text)))) {
      const isThere = before.has(name) || after.has(name) || !FOUND.test(name);
      counter.must(!file.has(name), `a registry's file has ${name} twice`);
      counter.must(isThere, `a registry's file has ${name}, which is not there`);
      this.checkPointer(name, record, file, withEvents);
      this.checkObject(name, record);
      file.set(name, record);
    }
    for (const [name, record] of lastingOf(before, after)) {
      if (name.startsWith("build ") && (!withEvents || pointerIn(record) === undefined)) continue;
      const [seen, wanted] = [file.get(name), exportedText(name, record, withEvents)];
      const says = seen === undefined ? "nothing" : canonical(seen);
      counter.must(says === wanted, `a registry's file says ${says} of ${name}, which was ${wanted} all the while`);
    }
  }

  /** What it names comes before it, and only where events are asked for. */
  private checkPointer(name: string, record: unknown, file: ReadonlyMap<string, unknown>, withEvents: boolean): void {
    const key = pointerIn(record);
    if (key === undefined) return;
    this.counter.must(withEvents, `${name} names ${key} in a file without events`);
    this.counter.must(file.has(OBJECT + key), `${name} comes before ${key}, which it names`);
  }

  private checkObject(name: string, record: unknown): void {
    const { objects } = this.counter.simulation.world;
    const key = name.slice(OBJECT.length);
    if (!name.startsWith(OBJECT) || !objects.stored.has(key)) return;
    const text = objects.text(key);
    const isSame = record === (key.startsWith("snapshots/") ? canonical(JSON.parse(text)) : text);
    this.counter.must(isSame, `a registry's file has another ${key} than the stack`);
  }
}
