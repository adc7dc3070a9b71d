/** The office for owners as a whole: some are erased, others suspended and resumed. */
import type { Counter, Office } from "./counter.ts";
import { openErasures } from "./office-erasures.ts";
import { openSuspensions } from "./office-suspensions.ts";

export function openOwners(counter: Counter): Office {
  const parts = [openErasures(counter), openSuspensions(counter)];
  return {
    minute: () => {
      for (const part of parts) part.minute();
    },
    settle: () => {
      for (const part of parts) part.settle();
    },
    check: async () => {
      for (const part of parts) await part.check();
    },
  };
}
