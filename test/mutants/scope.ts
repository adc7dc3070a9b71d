/** Which files are broken, and why the others are not. */
import { readdirSync } from "node:fs";

export const ROOT = new URL("../../", import.meta.url);
const FOLDER = "lib/sync/";

/** Use cases that no task, hold, letter, mend or pause passes through, or that the simulated worlds do not play; each has tests of its own. */
const LEFT_ALONE: Readonly<Record<string, string>> = {
  "registry erasure": "port types only",
};

/** Names of the files that stay whole, with the reason. */
export function leftAlone(): readonly (readonly [string, string])[] {
  return Object.entries(LEFT_ALONE).flatMap(([names, reason]) => names.split(" ").map((name) => [`${name}.ts`, reason] as const));
}

/** Files of `lib/sync` in scope, from the root of the repository. */
export function filesInScope(): string[] {
  const left = new Set(leftAlone().map(([name]) => name));
  return readdirSync(new URL(FOLDER, ROOT))
    .filter((name) => name.endsWith(".ts") && !left.has(name))
    .toSorted()
    .map((name) => `${FOLDER}${name}`);
}
