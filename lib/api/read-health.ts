/** How the deployment does, from what the API may read: the tick's cursor, open letters, hosts. Depths of queues are `calferry status`'s. */
import type { HealthView } from "../contract/health.ts";
import type { ApiServices } from "./services.ts";

const LETTERS = 200;
const MINUTE_MS = 60_000;
/** A tick comes every minute and covers the one before; some seconds are nobody's fault. */
const LATE_SECONDS = 180;

export async function readHealth({ cursor, letters, hosts, now }: ApiServices): Promise<NonNullable<HealthView["details"]>> {
  const [covered, open, asked] = await Promise.all([
    cursor.lastCovered(),
    letters.list("open", { limit: LETTERS, cursor: undefined }),
    hosts.hosts(),
  ]);
  const at = now();
  const coveredMs = covered === undefined ? undefined : covered * MINUTE_MS;
  const ageSeconds = coveredMs === undefined ? undefined : Math.max(0, Math.floor((at.getTime() - coveredMs) / 1000));
  return {
    coveredUntil: coveredMs === undefined ? undefined : new Date(coveredMs).toISOString(),
    tickAgeSeconds: ageSeconds,
    isTickLate: ageSeconds === undefined || ageSeconds > LATE_SECONDS,
    openLetters: open.items.length,
    isMoreOpen: open.cursor !== undefined,
    coolingHosts: [...asked.values()].filter(({ cooldownUntil = "" }) => cooldownUntil > at.toISOString()).length,
  };
}
