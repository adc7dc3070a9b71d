/** The counter of an office: people ask there in the midst of a storm, and get an answer, a refusal, an error or nothing at all. */
import { Refusal } from "../../lib/core/failure.ts";
import type { Random } from "../sync/random.ts";
import type { Ports } from "./desk.ts";
import type { Process, Simulation } from "./simulation.ts";
import type { Weather } from "./weather.ts";
import { rethrowUnlessPassing } from "./workers.ts";

/** One part of the API, and whoever works with it. */
export type Office = {
  /** A minute of the storm: somebody asks for something, or two at once do. */
  readonly minute: () => void;
  /** Calm weather: whoever got no answer asks again. */
  readonly settle?: () => void;
  /** At rest: what was answered is so, and what was not answered is done as a whole or not at all. */
  readonly check?: () => Promise<void> | void;
};

export type OpenOffice = (counter: Counter) => Office;

export class Counter {
  readonly simulation: Simulation;
  readonly weather: Weather;

  constructor(simulation: Simulation, weather: Weather) {
    this.simulation = simulation;
    this.weather = weather;
  }

  get random(): Random {
    return this.simulation.random;
  }

  /** What comes after an answer stands at the end of `work`: an error or the end of the process keeps it from being played. */
  ask(name: string, work: (ports: Ports) => Promise<void>, refused?: (refusal: Refusal) => void): Process {
    return this.simulation.request(name, async (ports) => {
      await work(ports).catch((error: unknown) => {
        rethrowUnlessPassing(error);
        if (error instanceof Refusal) refused?.(error);
      });
    });
  }

  must(isSo: boolean, otherwise: string): void {
    if (!isSo) this.simulation.violate(otherwise);
  }

  context(): { now: () => Date; newId: () => string; randomBytes: (count: number) => Uint8Array; who: string } {
    const { clock, newId, randomBytes } = this.simulation.world;
    return { now: clock.now, newId, randomBytes, who: "operator" };
  }
}
