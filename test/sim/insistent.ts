/** People who want an answer: whoever got none asks again, some of them soon, and all of them in calm weather. */
import type { Refusal } from "../../lib/core/failure.ts";
import type { Counter } from "./counter.ts";
import type { Ports } from "./desk.ts";

/** Longer than a request lives. */
const SOON_MS = 31_000;
const SOON_SHARE = 0.6;

export class Insistent {
  private readonly counter: Counter;
  private readonly open = new Map<number, Question>();
  private asked = 0;

  constructor(counter: Counter) {
    this.counter = counter;
  }

  /** @param refused answers as well */
  ask(name: string, work: (ports: Ports) => Promise<void>, refused: (refusal: Refusal) => void): void {
    this.asked += 1;
    const id = this.asked;
    this.open.set(id, {
      name,
      put: () => {
        this.counter.ask(
          name,
          async (ports) => {
            await work(ports);
            this.open.delete(id);
          },
          (refusal) => {
            this.open.delete(id);
            refused(refusal);
          },
        );
      },
    });
    this.put(id);
  }

  private put(id: number): void {
    const { random, simulation } = this.counter;
    this.open.get(id)?.put();
    simulation.at(SOON_MS, () => {
      if (this.open.has(id) && random.chance(SOON_SHARE)) this.put(id);
    });
  }

  /** Calm weather: every one of them asks again, and then something else begins. */
  askAgain(then: () => void): void {
    for (const { put } of this.open.values()) put();
    this.counter.simulation.spawn("wait for the answers", async () => {
      await this.counter.simulation.until(() => this.open.size === 0);
      then();
    });
  }

  check(): void {
    for (const { name } of this.open.values())
      this.counter.must(false, `"${name}" was asked in calm weather, and nobody answered`);
  }
}

type Question = { readonly name: string; readonly put: () => void };
