/** Time that moves only when a test says so. */

export class Clock {
  nowMs: number;

  constructor(start: string) {
    this.nowMs = Date.parse(start);
  }

  readonly now = (): Date => new Date(this.nowMs);

  advance(ms: number): void {
    this.nowMs += ms;
  }

  minutes(count: number): void {
    this.nowMs += count * 60_000;
  }
}
