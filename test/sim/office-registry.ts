/** The office of the registry: it is taken out, put in, worked on in bulk and by lists while everything moves. */
import type { Counter, Office } from "./counter.ts";
import { Exporters } from "./exporters.ts";

export function openRegistry(counter: Counter): Office {
  const exporters = new Exporters(counter);
  const { random } = counter;
  return {
    minute: (): void => {
      if (random.chance(0.3)) exporters.export(random.chance(0.4));
    },
    settle: (): void => {
      exporters.export(false);
    },
    check: async () => await exporters.checkRest(),
  };
}
