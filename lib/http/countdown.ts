/** A time limit that stands still while something waits that is no fault of whom it is for. */

export class Countdown {
  private readonly controller = new AbortController();
  private leftMs: number;
  private sinceMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number) {
    this.leftMs = limitMs;
    this.run();
  }

  /** Aborted when the time is over. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The time of `work` does not count. */
  async without(work: () => Promise<void>): Promise<void> {
    this.stop();
    try {
      await work();
    } finally {
      this.run();
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.leftMs -= performance.now() - this.sinceMs;
  }

  private run(): void {
    this.sinceMs = performance.now();
    this.timer = setTimeout(() => this.controller.abort(), Math.max(0, this.leftMs));
  }
}
