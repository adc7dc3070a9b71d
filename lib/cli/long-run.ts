/** Commands that work on many letters: progress on a terminal, a rate, and Ctrl-C that ends them between two tens. */
import type { Course } from "../sync/course.ts";
import type { Terminal } from "./terminal.ts";

export type LongRun = Course & {
  /** Waits, but no longer than until Ctrl-C. */
  readonly wait: (ms: number) => Promise<void>;
  /** Wipes the progress. */
  readonly end: () => void;
};

const BAR_WIDTH = 30;
/** How late Ctrl-C may be heard while the run waits. */
const SLICE_MS = 250;

/**
 * @param total letters there are, where it is known
 * @param rate letters a second at most
 */
export function beginLongRun(terminal: Terminal, total: number | undefined, rate: number | undefined, noun = "letters"): LongRun {
  const interruption = terminal.interruption?.();
  const beganMs = terminal.now().getTime();
  let count = 0;
  const isCancelled = (): boolean => interruption?.aborted === true;
  const wait = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0 && !isCancelled(); left -= SLICE_MS) await terminal.sleep(Math.min(SLICE_MS, left));
  };
  const draw = (): void => terminal.draw?.(progressOf(count, total, noun));
  draw();
  return {
    isCancelled,
    wait,
    passed: async (more) => {
      count += more;
      draw();
      if (rate !== undefined) await wait(beganMs + (count / rate) * 1000 - terminal.now().getTime());
    },
    end: () => terminal.draw?.(""),
  };
}

/** @param noun what is counted */
export function progressOf(count: number, total: number | undefined, noun: string): string {
  if (total === undefined || total === 0) return `${count} ${noun}`;
  const filled = Math.min(BAR_WIDTH, Math.floor((count / total) * BAR_WIDTH));
  const percent = Math.floor((count / total) * 100);
  return `[${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}] ${percent} %  ${count} of ${total} ${noun}  (Ctrl-C stops)`;
}
