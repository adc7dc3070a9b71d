/** One thing that several people say something of, some at once: what it may be after they did. */
import type { Process } from "./simulation.ts";

type Word = {
  readonly value: string;
  /** Whose work was over when this one began. */
  readonly after: ReadonlySet<Word>;
  process: Process | undefined;
  isTold: boolean;
};

export class LastWord {
  private words: Word[];

  constructor(first: string) {
    this.words = [{ value: first, after: new Set(), process: undefined, isTold: true }];
  }

  /** Somebody begins to say it. */
  say(value: string): Word {
    const over = this.words.filter(({ process }) => process?.state !== "running");
    const word: Word = { value, after: new Set(over), process: undefined, isTold: false };
    this.words.push(word);
    return word;
  }

  /** It was refused, and so it did nothing. */
  unsay(word: Word): void {
    this.words = this.words.filter((other) => other !== word);
  }

  /** What got no answer may have been done or not; what was answered is done, and what was over before it counts no more. */
  get values(): readonly string[] {
    const told = this.words.filter(({ isTold }) => isTold);
    return this.words.filter((word) => !told.some(({ after }) => after.has(word))).map(({ value }) => value);
  }

  get isOpen(): boolean {
    return new Set(this.values).size > 1;
  }
}

/** What one person says of several things, in one call. */
export class Saying {
  private readonly words: readonly (readonly [LastWord, Word])[];

  constructor(values: ReadonlyMap<LastWord, string>) {
    this.words = [...values].map(([thing, value]) => [thing, thing.say(value)]);
  }

  by(process: Process): void {
    for (const [, word] of this.words) word.process = process;
  }

  told(): void {
    for (const [, word] of this.words) word.isTold = true;
  }

  refused(): void {
    for (const [thing, word] of this.words) thing.unsay(word);
  }
}
