/** Reserve a host's next free starts for tasks that somebody asked for. */
import { reserveNear } from "../core/pace.ts";
import type { HostBook } from "./run-tick.ts";

const TRIES = 8;

/**
 * UTC milliseconds of at most `count` starts, in order: as many as lie within what SQS can delay. Starts nobody else has, for they are
 * reserved on the host's record; none where other senders were quicker every time.
 */
export async function reserveUpTo(
  count: number,
  name: string,
  hosts: Pick<HostBook, "host" | "reserve">,
  nowMs: number,
): Promise<readonly number[]> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const host = await hosts.host(name);
    const { startsAtMs, nextStartAtMs } = reserveNear(host, count, nowMs);
    if (startsAtMs.length === 0) return [];
    if ((await hosts.reserve(host, nextStartAtMs)) !== undefined) return startsAtMs;
  }
  return [];
}
