/** The office for owners as a whole: some are erased, others suspended and resumed. */
import type { Counter, Office } from "./counter.ts";
import { openErasures } from "./office-erasures.ts";

export function openOwners(counter: Counter): Office {
  const erasures = openErasures(counter);
  return {
    minute: () => erasures.minute(),
    settle: () => erasures.settle(),
    check: () => erasures.check(),
  };
}
