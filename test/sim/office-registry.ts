/** The office of the registry: it is taken out, put in, worked on in bulk and by lists while everything moves. */
import type { Counter, Office } from "./counter.ts";
import { BulkOrders } from "./bulk-orders.ts";
import { Exporters } from "./exporters.ts";
import { HostDesk } from "./host-desk.ts";
import { Importers } from "./importers.ts";
import { Listers } from "./listers.ts";
import { sentRegistry } from "./sent-registry.ts";

export function openRegistry(counter: Counter): Office {
  const { random } = counter;
  const exporters = new Exporters(counter);
  const importers = new Importers(counter, sentRegistry(counter));
  const hosts = new HostDesk(counter);
  const listers = new Listers(counter);
  const orders = new BulkOrders(counter);
  return {
    minute: (): void => {
      if (random.chance(0.17)) exporters.export(random.chance(0.35));
      if (random.chance(0.1)) importers.addOwn();
      if (exporters.newest !== undefined && random.chance(0.13)) importers.move(exporters.newest);
      if (random.chance(0.5)) importers.goOn();
      if (random.chance(0.12)) hosts.minute();
      if (random.chance(0.25)) listers.minute();
      orders.minute();
    },
    settle: (): void => {
      // Time passes first.
      listers.settle();
      exporters.export(false);
      importers.settle();
      hosts.settle();
      orders.settle();
    },
    check: async () => {
      importers.check();
      hosts.check();
      listers.check();
      orders.check();
      await exporters.checkRest();
    },
  };
}
