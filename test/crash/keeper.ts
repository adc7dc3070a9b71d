/** Keeps a machine running as a service manager does: whenever it is killed it is started again, and nothing else is done. */
import { setTimeout as pause } from "node:timers/promises";

import type { KillableMachine, Running } from "./killable-machine.ts";
import { requestMachine } from "./killable-machine.ts";
import type { Killer } from "./killer.ts";
import { Observation } from "./observation.ts";

/** Several kills may lie in it, on a machine that others keep busy. */
const PATIENCE_MS = 180_000;
const AGAIN_MS = 150;

type Up = { readonly running: Running; readonly engines: Observation };

export class Keeper {
  readonly machine: KillableMachine;
  readonly #killer: Killer;
  readonly #signal = new AbortController();
  #up = Promise.withResolvers<Up>();
  #kept: Promise<void> = Promise.resolve();
  starts = 0;

  constructor(machine: KillableMachine, killer: Killer) {
    this.machine = machine;
    this.#killer = killer;
  }

  begin(): void {
    this.machine.watch(this.#killer);
    this.#kept = this.#keep().catch((error: unknown) => this.#signal.abort(error));
  }

  async end(): Promise<void> {
    this.#signal.abort(new Error("the run is over"));
    await this.machine.stop();
    await this.#kept;
  }

  /** The machine and a look at its engines, as soon as it runs. */
  async up(): Promise<Up> {
    this.#signal.signal.throwIfAborted();
    return await this.#up.promise;
  }

  /** Asks as an app does: again, until it gets an answer that is no failure of the service. */
  async ask(method: string, path: string, body?: string): Promise<unknown> {
    return await this.until(`${method} ${path}`, async (saw) => {
      const response = await this.try(method, path, body);
      saw(response === undefined ? "no answer" : String(response.status));
      return response?.ok === true ? await response.json() : undefined;
    });
  }

  /** One request; undefined where nothing came back. A refusal is thrown: nobody would ask again. */
  async try(method: string, path: string, body?: string): Promise<Response | undefined> {
    const { running } = await this.up();
    const response = await requestMachine(running, method, path, body).catch(() => undefined);
    if (response !== undefined && response.status >= 400 && response.status < 500) {
      throw new Error(`${method} ${path} answered ${response.status}, expected 2xx: ${await response.text()}`);
    }
    return response;
  }

  /** The first answer of `look` that is not undefined; a look that meets a dead machine is repeated. */
  async until<Found>(
    what: string,
    look: (saw: (seen: string) => void, engines: Observation) => Promise<Found | undefined>,
    patienceMs = PATIENCE_MS,
  ): Promise<Found> {
    const end = performance.now() + patienceMs;
    let seen = "nothing";
    for (;;) {
      const { engines } = await this.up();
      const found = await look((one) => void (seen = one), engines).catch((error: unknown) => {
        if (error instanceof Error && error.message.includes("expected 2xx")) throw error;
        return undefined;
      });
      if (found !== undefined) return found;
      if (performance.now() > end) throw new Error(`${what}: not within ${patienceMs / 1000} s; seen last: ${seen}`);
      await pause(AGAIN_MS);
    }
  }

  async #keep(): Promise<void> {
    while (!this.#signal.signal.aborted) {
      this.#killer.begin();
      const running = await this.machine.start();
      this.starts += 1;
      if (running !== undefined) {
        this.#up.resolve({ running, engines: new Observation(running) });
        this.machine.tick();
      }
      await this.machine.ended();
      if (running !== undefined) this.#up = Promise.withResolvers<Up>();
    }
  }
}
