/** Letters are listed newest first, page by page, each once; a filter costs no more pages than it needs. */
import { chosenLetters, listLetters } from "../../lib/sync/list-letters.ts";
import { played } from "./calls.ts";
import { DeadMail } from "./dead-mail.ts";
import type { Drill } from "./drill.ts";

/** Pages that are read for a rare filter. */
const PAGES_MOST = 20;
const COUNT = 24;
const RARE = "source-gone";

type Row = {
  readonly what: string;
  readonly limit: number;
  readonly code?: string;
  /** The row behind whose page this one begins. */
  readonly behind?: string;
  readonly wanted: string;
  /** What is asked of the table. */
  readonly pages: number;
  readonly goesOn: boolean;
};

export async function drillListing(drill: Drill): Promise<void> {
  const mail = new DeadMail(drill);
  const common = (await mail.unreadable(COUNT)).map(({ letterId }) => letterId).toReversed();
  const [rare = ""] = (await mail.unreadable(1, { code: RARE })).map(({ letterId }) => letterId);
  const rows: readonly Row[] = [
    { what: "a first page", limit: 10, wanted: [rare, ...common.slice(0, 9)].join(" "), pages: 1, goesOn: true },
    { what: "a last page", limit: 20, behind: "a first page", wanted: common.slice(9).join(" "), pages: 1, goesOn: false },
    { what: "a rare one", limit: 1, code: RARE, wanted: rare, pages: 1, goesOn: true },
    { what: "nothing", limit: 1, code: RARE, behind: "a rare one", wanted: "", pages: PAGES_MOST, goesOn: true },
    { what: "a rare one and no other", limit: 20, code: RARE, wanted: rare, pages: 2, goesOn: false },
    { what: "the common ones", limit: 3, code: "aws-unavailable", wanted: common.slice(0, 3).join(" "), pages: 2, goesOn: true },
  ];
  const cursors = new Map<string, string | undefined>();
  for (const { what, limit, code, behind = "", wanted, pages, goesOn } of rows) {
    const choice = { state: "open", filter: { code }, now: drill.simulation.world.clock.now() } as const;
    const page = { limit, cursor: cursors.get(behind) };
    const { result, calls } = await played(drill, "list", async ({ letters }) => await listLetters(letters, choice, page));
    const { items = [], cursor } = result ?? {};
    cursors.set(what, cursor);
    const seen = items.map(({ letterId }) => letterId).join(" ");
    drill.must(seen === wanted, `${what} is ${seen}, wanted ${wanted}`);
    drill.must(calls.length === pages, `${what} cost ${calls.length} pages, wanted ${pages}`);
    drill.must((cursor !== undefined) === goesOn, `${what} goes on at ${cursor}`);
  }
  await drillChoice(drill, rare);
  await mail.discardAll();
}

/** For work on very many letters: all of some states that the filter means. */
async function drillChoice({ simulation }: Drill, rare: string): Promise<void> {
  const chosen: string[] = [];
  const choice = { states: ["open", "acknowledged"], filter: { code: RARE }, now: simulation.world.clock.now() } as const;
  for await (const { letterId } of chosenLetters(simulation.world.letters, choice)) chosen.push(letterId);
  if (chosen.join(" ") !== rare) simulation.violate(`the filter means ${chosen.join(" ")}, wanted ${rare}`);
}
