/** A host with more turns than its pace allows: they are counted, and people hear of it once where it lasts. */
import type { Host } from "../../lib/contract/host.ts";
import { groupOf } from "../../lib/core/alert-groups.ts";
import { tellExcess } from "../../lib/sync/tell-excess.ts";
import { breakOffEverywhere } from "./broken-off.ts";
import type { Drill } from "./drill.ts";

const MINUTE_MS = 60_000;
const LASTING_MS = 3_600_000;

export async function drillExcess(drill: Drill): Promise<void> {
  await drillLasting(drill);
  await drillAgain(drill);
  await drillBrokenOff(drill);
}

/** Not before an hour of it, then once. */
async function drillLasting(drill: Drill): Promise<void> {
  const name = "busy.example";
  const { simulation } = drill;
  const sinceMs = simulation.nowMs;
  const rows: readonly (readonly [atMs: number, isTold: boolean])[] = [
    [0, false],
    [LASTING_MS / 2, false],
    [LASTING_MS - 1, false],
    [LASTING_MS, true],
    [LASTING_MS + MINUTE_MS, true],
    [2 * LASTING_MS, true],
  ];
  for (const [index, [atMs, isTold]] of rows.entries()) {
    simulation.skip(Math.max(0, sinceMs + atMs - simulation.nowMs));
    await drill.ask("tell", async (ports) => await tellExcess({ [name]: 2 }, ports, new Date(sinceMs + atMs)));
    const what = `a host whose turns are skipped for ${atMs / MINUTE_MS} minutes`;
    const { exceededSince, exceededAt, exceededCount, exceededToldAt } = hostOf(drill, name) ?? {};
    const isNoted = exceededSince === iso(sinceMs) && exceededAt === iso(sinceMs + atMs) && exceededCount === 2 * (index + 1);
    drill.must(isNoted, `${what} says ${exceededCount} since ${exceededSince}, the last at ${exceededAt}`);
    const toldAt = isTold ? iso(sinceMs + LASTING_MS) : undefined;
    drill.must(exceededToldAt === toldAt, `${what} says that people were told at ${exceededToldAt}, wanted ${toldAt}`);
    drill.must(told(drill, name) === (isTold ? 1 : 0), `${what} was told ${told(drill, name)} times`);
    drill.must(raised(drill, name) === isTold, `${what} has ${raised(drill, name) ? "an" : "no"} alert`);
  }
}

/** What began anew after hours of rest is news again. */
async function drillAgain(drill: Drill): Promise<void> {
  const name = "again.example";
  const { hosts } = drill.simulation.world;
  const { nowMs } = drill.simulation;
  const since = iso(nowMs - LASTING_MS);
  const exceeding: Host = { version: 1, host: name, exceededSince: since, exceededAt: iso(nowMs - MINUTE_MS), exceededCount: 7 };
  hosts.stored.set(name, { ...exceeding, exceededToldAt: iso(nowMs - 24 * LASTING_MS) });
  await drill.ask("tell", async (ports) => await tellExcess({ [name]: 1 }, ports, new Date(nowMs)));
  const { exceededToldAt, exceededCount } = hostOf(drill, name) ?? {};
  drill.must(told(drill, name) === 1 && exceededToldAt === iso(nowMs), `what began anew was told at ${exceededToldAt}`);
  drill.must(exceededCount === 8, `what began anew counts ${exceededCount} turns, wanted 8`);
}

/** Wherever a tick dies: it is told, and noted that it was. */
async function drillBrokenOff(drill: Drill): Promise<void> {
  const { hosts } = drill.simulation.world;
  let tries = 0;
  let name = "";
  await breakOffEverywhere(drill, {
    name: "tell excess",
    before: () => {
      const { nowMs } = drill.simulation;
      name = `busy${(tries += 1)}.example`;
      const exceededSince = iso(nowMs - LASTING_MS);
      hosts.stored.set(name, { version: 1, host: name, exceededSince, exceededAt: iso(nowMs - MINUTE_MS), exceededCount: 9 });
    },
    work: async (ports) => await tellExcess({ [name]: 1 }, ports, new Date(drill.simulation.nowMs)),
    after: (where) => {
      const { exceededToldAt, exceededCount = 0 } = hostOf(drill, name) ?? {};
      drill.must(raised(drill, name), `nobody is told that ${name} skips turns: ${where}`);
      drill.must(exceededToldAt !== undefined, `nobody noted that people were told of ${name}: ${where}`);
      drill.must(exceededCount >= 10, `${name} skipped ${exceededCount} turns, wanted 10: ${where}`);
    },
  });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function hostOf({ simulation }: Drill, name: string): Host | undefined {
  return simulation.world.hosts.stored.get(name);
}

/** Messages that people got of the host's pace. */
function told({ simulation }: Drill, name: string): number {
  return simulation.world.topic.messages.filter((message) => JSON.stringify(message).includes(`host ${name} skipped`)).length;
}

function raised({ simulation }: Drill, name: string): boolean {
  return simulation.world.alerts.raised.has(groupOf({ kind: "pace", code: "pace-exceeded", host: name }));
}
