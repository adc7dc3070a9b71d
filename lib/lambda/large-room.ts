/** Room for large bodies: one at a time in a batch, so that its concurrency is bounded by memory and not by count alone. */

export class LargeRoom {
  private free: Promise<void> = Promise.resolve();

  /** Runs one task, which is in the room from when it asked for it until it ends. */
  async hold<Value>(task: (makeRoom: () => Promise<void>) => Promise<Value>): Promise<Value> {
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    let entered: Promise<void> | undefined;
    const makeRoom = async (): Promise<void> => {
      if (entered === undefined) {
        entered = this.free;
        // Who ends while it waits lets the next one in as soon as the one before it has left.
        this.free = entered.then(async () => await left);
      }
      await entered;
    };
    try {
      return await task(makeRoom);
    } finally {
      leave();
    }
  }
}
