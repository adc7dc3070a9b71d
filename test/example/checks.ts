/** Named checks, one line each; one that fails is told and the others go on. */
export class Checks {
  passed = 0;
  failed = 0;

  async see(name: string, check: () => Promise<void>): Promise<void> {
    const began = performance.now();
    try {
      await check();
      this.passed += 1;
      console.log(`ok    ${name} (${Math.round(performance.now() - began)} ms)`);
    } catch (error) {
      this.failed += 1;
      console.log(`FAIL  ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** The last line, and the status to end with. */
  end(): number {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    return this.failed === 0 ? 0 : 1;
  }
}

/** Throws with both, as JSON, where they differ. */
export function same(what: string, seen: unknown, wanted: unknown): void {
  const [one, other] = [JSON.stringify(seen), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`${what} is ${one}, expected ${other}`);
}
