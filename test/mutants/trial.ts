/** What a thread that tries mutants is told, and what it says. */
import * as z from "zod";

import { Mutant } from "./mutant.ts";

/** Those that can be switched on, by number; or one alone, which the thread was made for. */
export const Load = z.object({
  mutants: z.array(z.object({ number: z.number(), mutant: Mutant })),
  /** The first seed, and how many from it on. */
  first: z.number(),
  seeds: z.number(),
});
export type Load = z.infer<typeof Load>;

/** `ready`: loaded, and every seed was played once without a mutant. `played`: nothing was found in this seed. `over`: in none. `unsound`: a seed breaks without a mutant. */
export const Word = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready") }),
  z.object({ kind: z.literal("played"), seed: z.number() }),
  z.object({ kind: z.literal("found"), seed: z.number(), violation: z.string() }),
  z.object({ kind: z.literal("over"), reached: z.number() }),
  z.object({ kind: z.literal("unloadable"), reason: z.string() }),
  z.object({ kind: z.literal("unsound"), reason: z.string() }),
]);
export type Word = z.infer<typeof Word>;

/** The number of the mutant to try. */
export const Order = z.number();
