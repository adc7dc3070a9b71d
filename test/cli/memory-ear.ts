/** An ear on a topic that says what a test gives it. */
import type { Ear, HeardFilter } from "../../lib/cli/terminal.ts";

export class MemoryEar implements Ear {
  /** What comes with each wait. */
  readonly coming: string[][] = [];
  readonly opened: HeardFilter[] = [];
  state: "new" | "open" | "closed" = "new";
  swept = 0;
  /** Called when nothing comes any more. */
  onSilence: () => void = () => undefined;
  /** Thrown by the next wait. */
  refusal: Error | undefined;

  async open(_id: string, filter: HeardFilter): Promise<void> {
    this.opened.push(filter);
    this.state = "open";
  }

  async listen(): Promise<readonly string[]> {
    if (this.refusal !== undefined) throw this.refusal;
    const some = this.coming.shift();
    if (some === undefined) this.onSilence();
    return some ?? [];
  }

  async close(): Promise<void> {
    this.state = "closed";
  }

  async sweep(): Promise<number> {
    return this.swept;
  }
}
