/** Feeds are built from what their members hold, whatever comes between. */
import type { Drill } from "./drill.ts";

export async function drillExports(drill: Drill): Promise<void> {
  await drill.rebuild();
}
