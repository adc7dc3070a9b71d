/** A host with more demand than its pace: since when turns are skipped, and when somebody has to hear of it. */
import type { Host } from "../contract/host.ts";

/** What the host's record says of it. */
export type Excess = { readonly exceededSince: string; readonly exceededAt: string; readonly exceededCount: number };

/** Turns of a host may come in one crowd an hour: an hour without a skipped turn and some more ends it. */
const OVER_MS = 2 * 3_600_000;
/** A crowd after an outage is over by then. */
const LASTING_MS = 3_600_000;

/** The host's record after `count` more turns were skipped. */
export function afterExcess(host: Host, count: number, now: Date): Excess {
  const isOn = exceedsPace(host, now);
  return {
    exceededSince: (isOn ? host.exceededSince : undefined) ?? now.toISOString(),
    exceededAt: now.toISOString(),
    exceededCount: (isOn ? (host.exceededCount ?? 0) : 0) + count,
  };
}

/** Whether the host skips turns these hours. */
export function exceedsPace({ exceededAt }: Host, now: Date): boolean {
  return exceededAt !== undefined && now.getTime() - Date.parse(exceededAt) < OVER_MS;
}

/** Whether people have to hear of it: it lasts, and nobody was told since it began. */
export function isExcessNews({ exceededSince, exceededAt }: Excess, toldAt: string | undefined): boolean {
  const lastsMs = Date.parse(exceededAt) - Date.parse(exceededSince);
  return lastsMs >= LASTING_MS && (toldAt === undefined || toldAt < exceededSince);
}
