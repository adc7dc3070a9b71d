/** One import after the other, each with another answer of its source. */
import type { Drill } from "./drill.ts";

export async function drillImports(drill: Drill): Promise<void> {
  await drill.rebuild();
}
