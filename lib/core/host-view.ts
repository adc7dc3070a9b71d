/** A host as operators see it. */
import type { Host } from "../contract/host.ts";
import type { HostView } from "../contract/time-view.ts";
import { opensAtMs } from "./blackout.ts";
import { exceedsPace } from "./pace-excess.ts";
import { startsPerSecond } from "./pace.ts";

export function hostView(host: Host, now: Date): HostView {
  const nowMs = now.getTime();
  const { blackout = [], cooldownUntil, nextStartAtMs = 0, exceededCount } = host;
  const openMs = opensAtMs(blackout, nowMs);
  return {
    host: host.host,
    startsPerSecond: startsPerSecond(host),
    isOwnPace: host.startsPerSecond !== undefined,
    blackout,
    closedUntil: openMs > nowMs ? new Date(openMs).toISOString() : undefined,
    cooldownUntil: cooldownUntil !== undefined && cooldownUntil > now.toISOString() ? cooldownUntil : undefined,
    nextStartAt: nextStartAtMs > nowMs ? new Date(nextStartAtMs).toISOString() : undefined,
    skippedTurns: exceedsPace(host, now) ? exceededCount : undefined,
  };
}
