/** Waits for something that another process does, within a limit. */
import { setTimeout as pause } from "node:timers/promises";

export interface Patience {
  readonly what: string;
  readonly withinMs: number;
  readonly everyMs?: number;
  /** Ends the waiting at once, for instance because the test is being stopped. */
  readonly signal: AbortSignal;
}

/** The first answer of `look` that is not undefined; an error names what was waited for and what was seen last. */
export async function awaitUntil<T>(
  patience: Patience,
  look: (saw: (what: string) => void) => Promise<T | undefined>,
): Promise<T> {
  const end = performance.now() + patience.withinMs;
  let seen = "nothing";
  for (;;) {
    const found = await look((what) => {
      seen = what;
    });
    if (found !== undefined) return found;
    if (performance.now() > end) {
      throw new Error(`${patience.what}: not within ${patience.withinMs / 1000} s; seen last: ${seen}`);
    }
    await pause(patience.everyMs ?? 500, undefined, { signal: patience.signal }).catch(() => patience.signal.throwIfAborted());
  }
}
