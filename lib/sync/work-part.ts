/** The same work on each of a few things, some at once: one that cannot be worked on keeps no other back. */
import type { BulkItem } from "../contract/bulk.ts";
import { Refusal } from "../core/failure.ts";
import { allEnded } from "./all-ended.ts";

/** A thing to be worked on, or a reason why not. */
export type Work = { readonly id: string; readonly name: string; readonly run: () => Promise<Worked> };
/** `skipped` says why by a code: there was nothing to do. */
export type Worked = Pick<BulkItem, "outcome" | "code" | "detail">;

const AT_ONCE = 4;

/** In the order of the works. Throws only where a service of ours failed. */
export async function workPart(works: readonly Work[]): Promise<BulkItem[]> {
  const items: BulkItem[] = [];
  for (let from = 0; from < works.length; from += AT_ONCE) {
    items.push(...(await allEnded(works.slice(from, from + AT_ONCE).map(workOne))));
  }
  return items;
}

async function workOne({ id, name, run }: Work): Promise<BulkItem> {
  try {
    return { id, name, ...(await run()) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { id, name, outcome: "failed", code: error.code, detail: error.what };
  }
}
