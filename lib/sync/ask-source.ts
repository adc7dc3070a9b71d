/** Ask a calendar's source, but not while its host cools down; after a cooldown one task tries and the others wait for what it hears. */
import type { ImportTask } from "../contract/task.ts";
import { startOutside } from "../core/blackout.ts";
import { gateOf, PROBE_MS, waitSeconds } from "../core/cooldown.ts";
import type { Failure } from "../core/failure.ts";
import { validatorsKeyOf } from "../core/read-feed.ts";
import type { TaskEnd } from "../core/runs.ts";
import { readSourceUrl } from "../core/source-url.ts";
import type { Fetched, ImportContext, ImportPorts, LoadedCalendar } from "./import-calendar.ts";

type AskPorts = Pick<ImportPorts, "hosts" | "source">;
type Retry = Extract<TaskEnd, { kind: "retry" }>;

/** What the source said, or for how long the task goes back to its queue. */
export async function askSource(
  task: ImportTask,
  loaded: LoadedCalendar,
  ports: AskPorts,
  context: ImportContext,
): Promise<Fetched | Retry> {
  const { host, fetch } = asking(loaded, ports, context);
  const closed = await closedUntil(host, ports, context);
  if (closed !== undefined) return { kind: "deferred", until: closed.until, failure: closed.failure };
  const until = await ports.hosts.cooldownUntil(host);
  if (until === undefined) return await fetch();
  switch (gateOf(until, task, context.now())) {
    case "probe":
      return await probe(host, until, fetch, ports, context);
    case "wait":
      return { kind: "retry", delaySeconds: waitSeconds(context.random()), failure: coolingDown(host, until) };
    case "deferred":
      return { kind: "deferred", until, failure: coolingDown(host, until) };
  }
}

/** When the host may be asked again, where it lies in one of its windows. */
async function closedUntil(
  host: string,
  { hosts }: AskPorts,
  context: ImportContext,
): Promise<{ readonly until: string; readonly failure: Failure } | undefined> {
  const nowMs = context.now().getTime();
  const openMs = startOutside({ host, blackout: await hosts.blackoutOf(host) }, nowMs);
  if (openMs === nowMs) return undefined;
  const until = new Date(openMs).toISOString();
  const reason = `the host is not to be asked before ${until}, wanted a time outside its windows; see: calferry host show ${host}`;
  return { until, failure: { code: "host-blackout", reason, host } };
}

export function coolingDown(host: string | undefined, until: string): Failure {
  const reason = `the host asked to be left alone until ${until}, wanted a time after it; the next turn after it goes on`;
  return { code: "host-cooling-down", reason, host };
}

/** A worker that dies meanwhile leaves the lease: when that is over the next task tries. */
async function probe(
  host: string,
  over: string,
  fetch: () => Promise<Fetched>,
  ports: AskPorts,
  context: ImportContext,
): Promise<Fetched | Retry> {
  const lease = new Date(context.now().getTime() + PROBE_MS).toISOString();
  if (!(await ports.hosts.claimProbe(host, over, lease))) {
    return { kind: "retry", delaySeconds: waitSeconds(context.random()), failure: coolingDown(host, lease) };
  }
  const fetched = await fetch();
  if (fetched.kind !== "deferred") await ports.hosts.endCooldown(host, lease);
  return fetched;
}

/** Who is asked, and how. Throws for a calendar that is written by push. */
function asking(
  { calendar, checkpoint, hold }: LoadedCalendar,
  { source }: AskPorts,
  { makeRoom, signal }: ImportContext,
): { readonly host: string; readonly fetch: () => Promise<Fetched> } {
  const { source: from, policy } = calendar;
  if (from.kind !== "url") throw new Error(`calendar ${calendar.calendarId} has no url to fetch`);
  const url = readSourceUrl(from.url);
  // Validators say "as you read it": another engine or policy would read the same bytes differently, another source never gave them.
  const known = checkpoint.engineKey === validatorsKeyOf(calendar) ? (hold ?? checkpoint) : undefined;
  const request = {
    url,
    etag: known?.etag,
    lastModified: known?.lastModified,
    auth: from.auth,
    userAgent: policy.userAgent,
    makeRoom,
    signal,
  };
  return { host: url.host, fetch: async () => await source.fetch(request) };
}
