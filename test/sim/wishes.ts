/** What people wanted of things, and what they were told of it: which values a thing may have in any weather. */
import type { Process, Simulation } from "./simulation.ts";

/** By field; what is given back is null. */
export type Values = Readonly<Record<string, string | number | null>>;
export type Wish = {
  readonly thing: string;
  readonly values: Values;
  readonly beganAt: number;
  /** When nobody worked on it any more, or that was noticed. */
  endedAt: number | undefined;
  state: "asked" | "told" | "refused";
  process: Process | undefined;
};

export class Wishes {
  private readonly simulation: Simulation;
  private readonly all: Wish[] = [];
  /** As things were before anybody wanted anything of them: `<thing> <field>`. */
  private readonly first = new Map<string, string | number | null>();
  private count = 0;

  constructor(simulation: Simulation) {
    this.simulation = simulation;
  }

  /** @param present of each field that is wanted otherwise */
  ask(thing: string, values: Values, present: (field: string) => string | number | null): Wish {
    for (const field of Object.keys(values)) {
      const key = `${thing} ${field}`;
      if (!this.first.has(key)) this.first.set(key, present(field));
    }
    const wish: Wish = { thing, values, beganAt: this.next(), endedAt: undefined, state: "asked", process: undefined };
    this.all.push(wish);
    return wish;
  }

  end(wish: Wish, state: "told" | "refused"): void {
    wish.state = state;
    wish.endedAt = this.next();
  }

  /** Who began after another's work had ended, and was answered, has the last word over it; of who worked at once any may. */
  may(thing: string, field: string, value: string | number | null): boolean {
    const wishes = this.of(thing, field);
    const isUntouched = !wishes.some(({ state }) => state === "told");
    if (isUntouched && this.first.get(`${thing} ${field}`) === value) return true;
    return this.standing(wishes).some((wish) => wish.values[field] === value);
  }

  /** Whether somebody's wish may still come true, or is true, of which nobody heard. */
  isOpen(thing: string, field: string): boolean {
    return this.standing(this.of(thing, field)).some(({ state }) => state !== "told");
  }

  /** What was wanted last, by field; what was refused was not to be had. */
  last(thing: string): Values {
    const wishes = this.all.filter((wish) => wish.thing === thing && wish.state !== "refused");
    return Object.assign({}, ...wishes.map(({ values }) => values)) satisfies Values;
  }

  get things(): readonly string[] {
    return [...new Set(this.all.map(({ thing }) => thing))];
  }

  /** Of whom nobody was answered. */
  unanswered(): readonly Wish[] {
    this.notice();
    return this.all.filter(({ state, endedAt }) => state === "asked" && endedAt !== undefined);
  }

  private of(thing: string, field: string): Wish[] {
    this.notice();
    return this.all.filter((wish) => wish.thing === thing && wish.state !== "refused" && wish.values[field] !== undefined);
  }

  private standing(wishes: readonly Wish[]): Wish[] {
    const told = wishes.filter(({ state }) => state === "told");
    const latest = Math.max(...told.map(({ beganAt }) => beganAt), -1);
    return wishes.filter(({ endedAt }) => endedAt === undefined || endedAt > latest);
  }

  /** Who died or gave up does nothing more. */
  private notice(): void {
    for (const wish of this.all) {
      const isOver = wish.process !== undefined && wish.process.state !== "running";
      if (wish.endedAt === undefined && isOver) wish.endedAt = this.next();
    }
  }

  private next(): number {
    this.count += 1;
    return this.simulation.steps + this.count / 1_000_000;
  }
}
