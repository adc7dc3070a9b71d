/** What a thread that tries mutants is told, and what it says. */
import * as z from "zod";

import { Mutant } from "./mutant.ts";

/** Those that can be switched on, by number; or one alone, which the thread was made for. */
export const Load = z.object({
  mutants: z.array(z.object({ number: z.number(), mutant: Mutant })),
  seeds: z.array(z.number()),
});
export type Load = z.infer<typeof Load>;

/** `ready`: loaded, and every seed was played once without a mutant; `passing` names the seeds that pass each file. `played`: nothing was found in this seed. `over`: in none. `unsound`: a seed breaks without a mutant. */
export const Word = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready"), passing: z.record(z.string(), z.array(z.number())) }),
  z.object({ kind: z.literal("played"), seed: z.number() }),
  z.object({ kind: z.literal("found"), seed: z.number(), violation: z.string() }),
  z.object({ kind: z.literal("over"), reached: z.number() }),
  z.object({ kind: z.literal("unloadable"), reason: z.string() }),
  z.object({ kind: z.literal("unsound"), reason: z.string() }),
]);
export type Word = z.infer<typeof Word>;

/** The mutant to try: by the seeds that found others of its file first, in this order. */
export const Order = z.object({ number: z.number(), prefer: z.array(z.number()) });
export type Order = z.infer<typeof Order>;
