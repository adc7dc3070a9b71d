/** What a mutant's thread is told, and what it says. */
import * as z from "zod";

import { Mutant } from "./mutant.ts";

export const Trial = z.object({ mutant: Mutant, seeds: z.number() });
export type Trial = z.infer<typeof Trial>;

/** `played`: nothing was found in this seed. `over`: in none. `unloadable`: nothing was played. */
export const Word = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("loaded") }),
  z.object({ kind: z.literal("played"), seed: z.number() }),
  z.object({ kind: z.literal("found"), seed: z.number(), violation: z.string() }),
  z.object({ kind: z.literal("over") }),
  z.object({ kind: z.literal("unloadable"), reason: z.string() }),
]);
export type Word = z.infer<typeof Word>;
