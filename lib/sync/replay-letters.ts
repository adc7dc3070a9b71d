/** Replay many letters: what a host has no start for stays as it is and is counted. */
import type { RefusalCode } from "../contract/code.ts";
import type { Letter } from "../contract/letter.ts";
import { inTens } from "./course.ts";
import type { Course } from "./course.ts";
import { replayTen } from "./replay-letter.ts";
import { refuseReplay } from "../core/refusals.ts";
import type { ReplayContext, ReplayPorts } from "./replay-letter.ts";

export type Replayed = { readonly letterId: string; readonly taskId: string; readonly startAt: string };
export type ReplaysReport = {
  readonly end: "done" | "cancelled";
  readonly replayed: readonly Replayed[];
  /** Letters whose hosts have no start left within what a queue can wait: replay them later. */
  readonly waiting: number;
  readonly left: readonly { readonly letterId: string; readonly code: RefusalCode }[];
};

/**
 * Each letter is marked before its task is sent, so that a run that is killed can be begun again: what was sent is `replaying` and is
 * passed over. What was marked and not sent, ten letters at most, is sent by a run an hour later.
 */
export async function replayLetters(
  letters: AsyncIterable<Letter> | Iterable<Letter>,
  ports: ReplayPorts,
  context: ReplayContext & { readonly course: Course },
): Promise<ReplaysReport> {
  const replayed: Replayed[] = [];
  const left: { letterId: string; code: RefusalCode }[] = [];
  const full = new Set<string | undefined>();
  let waiting = 0;
  const end = await inTens(letters, context.course, async (ten) => {
    const free = ten.filter(({ host }) => !full.has(host));
    waiting += ten.length - free.length;
    const ends = await replayTen(free, ports, context);
    for (const { letterId, host } of free) {
      const reached = ends.get(letterId) ?? { kind: "not-open" };
      if (reached.kind === "sent") replayed.push({ letterId, taskId: reached.taskId, startAt: reached.startAt });
      else if (reached.kind !== "pace-exceeded") left.push({ letterId, code: refuseReplay(letterId, reached.kind).code });
      else {
        waiting += 1;
        if (host !== undefined) full.add(host);
      }
    }
  });
  return { end, replayed, waiting, left };
}
