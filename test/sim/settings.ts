/** A thing that several people set, some at once: what it may be now, by what they asked for and what they were answered. */
import type { Process } from "./simulation.ts";

type Word<Value> = { readonly value: Value; process: Process | undefined; isTold: boolean };

export class Setting<Value> {
  /** Everything that was ever asked for. */
  private readonly words: Word<Value>[];
  /** What an answered word came after. */
  private readonly over = new Set<Word<Value>>();

  constructor(first: Value) {
    this.words = [{ value: first, process: undefined, isTold: true }];
  }

  /** The last that was asked for, whether anybody was answered or not. */
  get last(): Value | undefined {
    return this.words.at(-1)?.value;
  }

  get isSure(): boolean {
    return this.standing.length === 1;
  }

  /** @param ask starts whoever asks for the value, who calls `told` with the answer in hand */
  set(value: Value, ask: (told: () => void) => Process): void {
    // Whose process is no more can do nothing later, but may have done it.
    const before = this.standing.filter(({ isTold, process }) => isTold || process?.state !== "running");
    const word: Word<Value> = { value, process: undefined, isTold: false };
    this.words.push(word);
    word.process = ask(() => {
      word.isTold = true;
      for (const one of before) this.over.add(one);
    });
  }

  /** Begins to watch; what it gives back says what the thing may have been at some moment since. */
  watch(): () => readonly Value[] {
    const [{ length }, standing] = [this.words, this.standing];
    return () => [...standing, ...this.words.slice(length)].map(({ value }) => value);
  }

  private get standing(): readonly Word<Value>[] {
    return this.words.filter((word) => !this.over.has(word));
  }
}
