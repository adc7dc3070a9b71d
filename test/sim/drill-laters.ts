/** Hosts that say later, and tasks that wait. */
import type { Drill } from "./drill.ts";

export async function drillLaters(drill: Drill): Promise<void> {
  await drill.rebuild();
}
