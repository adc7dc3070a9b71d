/** Have a feed built because its definition changes: once after the change, and once more in case that its caller dies on the way. */
import { oneOffTaskId } from "../core/runs.ts";
import type { CreateContext } from "./create-calendar.ts";
import type { RebuildQueue } from "./replay-letter.ts";

/** Longer than any change takes. */
export const FOLLOW_UP_SECONDS = 60;

export async function haveBuilt(
  feedId: string,
  delaySeconds: number,
  exports: RebuildQueue,
  { now, newId }: CreateContext,
): Promise<void> {
  const taskId = oneOffTaskId(now().toISOString(), newId());
  await exports.sendExports([{ version: 1, kind: "export", taskId, feedId, reason: "changed" }], delaySeconds);
}
