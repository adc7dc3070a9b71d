/** Reserve a host's next free starts for tasks that somebody asked for. */
import { delaySeconds, reserveStarts } from "../core/pace.ts";
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
    const near = reserveStarts(host, count, nowMs).startsAtMs.filter((startMs) => delaySeconds(startMs, nowMs) !== undefined);
    if (near.length === 0) return [];
    const { startsAtMs, nextStartAtMs } = reserveStarts(host, near.length, nowMs);
    if ((await hosts.reserve(host, nextStartAtMs)) !== undefined) return startsAtMs;
  }
  return [];
}
