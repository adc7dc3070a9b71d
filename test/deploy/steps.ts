/** Tells the steps of a run line by line and counts them. */

/** Why a run cannot take place here at all, which is no failure. */
export class Skip extends Error {}

export class Steps {
  readonly #print: (line: string) => void;
  #passed = 0;
  #failed = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** One step; a failed one is printed with its reason and thrown on, for what follows stands on it. */
  async take<T>(sentence: string, act: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      const result = await act();
      this.#passed += 1;
      this.#tell("ok  ", sentence, began);
      return result;
    } catch (error) {
      if (error instanceof Skip) throw error;
      this.#failed += 1;
      this.#tell("FAIL", sentence, began);
      this.#print(`     ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    }
  }

  closing(): string {
    return `${this.#passed} passed, ${this.#failed} failed`;
  }

  #tell(mark: string, sentence: string, began: number): void {
    const ms = String(Math.round(performance.now() - began)).padStart(7);
    this.#print(`${mark} ${ms} ms  ${sentence}`);
  }
}
