/** One thing that several people say something of, some at once: what it may be after they did. */
import type { Process } from "./simulation.ts";

type Word = {
  readonly value: string;
  /** Whose work was over when this one began. */
  readonly after: ReadonlySet<Word>;
  process: Process | undefined;
  /** What was refused did nothing. */
  state: "asked" | "told" | "refused";
};

export class LastWord {
  private words: readonly Word[];

  constructor(first: string) {
    this.words = [{ value: first, after: new Set(), process: undefined, state: "told" }];
  }

  /** Somebody begins to say it. */
  say(value: string): Word {
    const over = this.words.filter(({ process }) => process?.state !== "running");
    const word: Word = { value, after: new Set(over), process: undefined, state: "asked" };
    this.words = [...this.words, word];
    return word;
  }

  /** Another thing, of which the same was said until now. */
  like(): LastWord {
    const other = new LastWord("");
    other.words = this.words;
    return other;
  }

  /** What got no answer may have been done or not; what was answered is done, and what was over before it counts no more. */
  get values(): readonly string[] {
    const told = this.words.filter(({ state }) => state === "told");
    const counts = this.words.filter((word) => word.state !== "refused" && !told.some(({ after }) => after.has(word)));
    return counts.map(({ value }) => value);
  }
}

/** What one person says of several things, in one call. */
export class Saying {
  private readonly words: readonly Word[];

  constructor(values: ReadonlyMap<LastWord, string>) {
    this.words = [...values].map(([thing, value]) => thing.say(value));
  }

  by(process: Process): void {
    for (const word of this.words) word.process = process;
  }

  told(): void {
    for (const word of this.words) word.state = "told";
  }

  refused(): void {
    for (const word of this.words) word.state = "refused";
  }
}
