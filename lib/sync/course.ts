/** A long run over many letters: ten at a time, watched, slowed and cancelled by whoever began it. */

/** Asked between two tens, so that nothing is left half done. */
export type Course = {
  readonly isCancelled: () => boolean;
  /** Hears how many are through, and may make the run wait. */
  readonly passed: (count: number) => Promise<void>;
};

/** SQS's batch; also how many writes are under way at once. */
const TOGETHER = 10;

/** Runs `work` over all, ten after ten; false where it was cancelled before the end. */
export async function inTens<Part>(
  parts: AsyncIterable<Part> | Iterable<Part>,
  course: Course,
  work: (ten: readonly Part[]) => Promise<void>,
): Promise<"done" | "cancelled"> {
  let ten: Part[] = [];
  for await (const part of parts) {
    if (course.isCancelled()) return "cancelled";
    ten.push(part);
    if (ten.length < TOGETHER) continue;
    await work(ten);
    await course.passed(ten.length);
    ten = [];
  }
  if (course.isCancelled()) return "cancelled";
  if (ten.length > 0) {
    await work(ten);
    await course.passed(ten.length);
  }
  return "done";
}
