/** Which files are broken, and why the others are not. */
import { readdirSync } from "node:fs";

export const ROOT = new URL("../../", import.meta.url);
const FOLDER = "lib/sync/";

/** Use cases that no task, hold, letter, mend or pause passes through; each has tests of its own. */
export const LEFT_ALONE: Readonly<Record<string, string>> = {
  "list-letters.ts": "reads letters for a page or a long run, writes nothing",
  "list-versions.ts": "reads versions for a page, writes nothing",
  "registry.ts": "port types only",
  "serve-feed.ts": "answers a subscriber, writes nothing",
  "show-hold.ts": "reads a hold for a page, writes nothing",
};

/** Files of `lib/sync` in scope, from the root of the repository. */
export function filesInScope(): string[] {
  return readdirSync(new URL(FOLDER, ROOT))
    .filter((name) => name.endsWith(".ts") && !(name in LEFT_ALONE))
    .toSorted()
    .map((name) => `${FOLDER}${name}`);
}
