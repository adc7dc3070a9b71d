/** Kills a machine again and again at AWS calls that a seed chooses, and keeps book of where it did. */
import type { Random } from "../sync/random.ts";
import { callOf, CommitWatch } from "./calls.ts";
import type { Seen } from "./engine-proxy.ts";
import type { CallWatch } from "./killable-machine.ts";

/** What a kill waits for: so many calls of any kind, or so many while a commit is not published. */
type Aim = { readonly at: "any call" | "a commit's gap"; readonly stage: (typeof STAGES)[number]; calls: number };
export type Kill = { readonly call: string; readonly stage: Aim["stage"]; readonly between: number };

/** `before`: the engine never hears of the call; `during`: it may; `after`: it has done it and the function does not know. */
const STAGES = ["before", "during", "after"] as const;
const CALLS_MOST = 40;
const GAP_CALLS_MOST = 6;
const DURING_MS = 3;
/** Every so many kills aim at a gap, and all do while too few have hit one. */
const GAP_EVERY = 3;

export type KillerOptions = {
  readonly kills: number;
  /** Kills that must hit between commit and publish. */
  readonly between: number;
  readonly random: Random;
  readonly kill: () => void;
};

export class Killer implements CallWatch {
  readonly kills: Kill[] = [];
  /** AWS calls seen, by name. */
  readonly calls = new Map<string, number>();
  readonly #options: KillerOptions;
  readonly #commits = new CommitWatch();
  #allowed = 0;
  #isGapOver = false;
  #aim: Aim | undefined;
  #fatal: Seen | undefined;

  constructor(options: KillerOptions) {
    this.#options = options;
  }

  get wanted(): number {
    return this.#options.kills;
  }

  /** Kills that hit between commit and publish. */
  get between(): number {
    return this.kills.filter(({ between }) => between > 0).length;
  }

  /** So many kills may have happened by the end of what comes next. */
  allow(kills: number): void {
    this.#allowed = Math.min(kills, this.#options.kills);
    this.#aim ??= this.#nextAim();
  }

  /** No commit is to come any more: what is left of the kills goes to any call. */
  allowAnywhere(): void {
    this.#isGapOver = true;
    this.#aim = undefined;
    this.allow(this.#options.kills);
  }

  /** The machine starts (again). */
  begin(): void {
    this.#commits.clear();
    this.#fatal = undefined;
    this.#aim = this.#nextAim();
  }

  onAsked(seen: Seen): "pass" | "drop" {
    const call = callOf(seen);
    this.#commits.asked(call);
    this.calls.set(call.name, (this.calls.get(call.name) ?? 0) + 1);
    const aim = this.#aim;
    if (aim === undefined || (aim.at === "a commit's gap" && this.#commits.size === 0)) return "pass";
    aim.calls -= 1;
    if (aim.calls > 0) return "pass";
    this.#aim = undefined;
    if (aim.stage === "after") this.#fatal = seen;
    if (aim.stage === "during") setTimeout(() => this.#kill(call.name, aim.stage), this.#options.random.between(0, DURING_MS));
    if (aim.stage !== "before") return "pass";
    this.#kill(call.name, aim.stage);
    return "drop";
  }

  onDone(seen: Seen, status: number): void {
    const call = callOf(seen);
    this.#commits.done(call, status);
    if (seen === this.#fatal) this.#kill(call.name, "after");
  }

  #kill(call: string, stage: Aim["stage"]): void {
    this.kills.push({ call, stage, between: this.#commits.size });
    this.#options.kill();
  }

  #nextAim(): Aim | undefined {
    const { random, between } = this.#options;
    if (this.kills.length >= this.#allowed) return undefined;
    const stage = random.pick(STAGES);
    const left = this.#options.kills - this.kills.length;
    const isNeeded = left <= GAP_EVERY * (between - this.between);
    return !this.#isGapOver && (isNeeded || this.kills.length % GAP_EVERY === 1)
      ? { at: "a commit's gap", stage, calls: random.between(1, GAP_CALLS_MOST) }
      : { at: "any call", stage, calls: random.between(1, CALLS_MOST) };
  }
}
