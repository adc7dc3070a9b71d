/** People who work with keys, with links and with quotas in a storm. */
import type { Counter, Office } from "./counter.ts";
import { KeyRing } from "./office-keys.ts";
import { LinkDesk } from "./office-links.ts";
import { QuotaDesk } from "./office-quotas.ts";

export function openAccess(counter: Counter): Office {
  const desks = [new KeyRing(counter), new LinkDesk(counter), new QuotaDesk(counter)];
  return {
    minute: () => {
      for (const desk of desks) desk.minute();
    },
    settle: () => {
      for (const desk of desks) desk.settle();
    },
    check: async () => {
      for (const desk of desks) await desk.check();
    },
  };
}
