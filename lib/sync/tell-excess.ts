/** Note on the hosts' records whose turns a tick skipped, and tell people once where that lasts. */
import type { Host } from "../contract/host.ts";
import { startsPerSecond } from "../core/pace.ts";
import { afterExcess, isExcessNews } from "../core/pace-excess.ts";
import type { Excess } from "../core/pace-excess.ts";
import { raiseAlert } from "./raise-alert.ts";
import type { AlertPorts } from "./raise-alert.ts";

export interface ExcessBook {
  host(name: string): Promise<Host>;
  /** Writes these fields of the host's record and no others. */
  noteExcess(name: string, excess: Excess & Pick<Host, "exceededToldAt">): Promise<void>;
}
export type ExcessPorts = AlertPorts & { readonly hosts: ExcessBook };

/** @param exceeded skipped turns by host, as one tick counted them */
export async function tellExcess(exceeded: Readonly<Record<string, number>>, ports: ExcessPorts, now: Date): Promise<void> {
  for (const [name, count] of Object.entries(exceeded)) {
    const host = await ports.hosts.host(name);
    const excess = afterExcess(host, count, now);
    const isNews = isExcessNews(excess, host.exceededToldAt);
    if (isNews) {
      const pace = `${startsPerSecond(host)} starts a second`;
      const what = `host ${name} skipped ${excess.exceededCount} turns since ${excess.exceededSince}, wanted all of them within ${pace}`;
      const reason = `${what}; give its calendars longer intervals, or the host a higher pace`;
      await raiseAlert({ kind: "pace", code: "pace-exceeded", reason, host: name }, ports, now);
    }
    // After the alert: a crash between the two counts it once more and tells nobody twice.
    await ports.hosts.noteExcess(name, { ...excess, exceededToldAt: isNews ? now.toISOString() : host.exceededToldAt });
  }
}
