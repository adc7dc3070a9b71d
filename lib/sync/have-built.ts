/** Have a feed built because its definition changes: once after the change, and once more in case that its caller dies on the way. */
import { oneOffTaskId } from "../core/runs.ts";
import type { CreateContext } from "./create-calendar.ts";
import type { RebuildQueue } from "./replay-letter.ts";

/** Longer than any change takes. */
export const FOLLOW_UP_SECONDS = 60;

/** `definition`: what the change makes of it; a build that has it is enough. Absent: the feed is gone. */
type WantedBuild = { readonly feedId: string; readonly delaySeconds: number; readonly definition?: string };

export async function haveBuilt(
  { delaySeconds, ...wanted }: WantedBuild,
  exports: RebuildQueue,
  { now, newId }: CreateContext,
): Promise<void> {
  const taskId = oneOffTaskId(now().toISOString(), newId());
  await exports.sendExports([{ version: 1, kind: "export", taskId, ...wanted, reason: "changed" }], delaySeconds);
}
