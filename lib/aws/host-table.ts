/** Hosts in the table: one pace and one cooldown each, for the whole stack. */
import type { Blackout } from "../contract/blackout.ts";
import { Host } from "../contract/host.ts";
import type { HostPolicy } from "../contract/host.ts";
import type { Excess } from "../core/pace-excess.ts";
import type { Key } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

/** A worker asks for one host's cooldown many times a second; this much later is soon enough. */
const CACHED_MS = 5000;
const PARTITION = "HOSTS";

type Known = {
  readonly until: string | undefined;
  readonly blackout: Blackout | undefined;
  readonly readAtMs: number;
};

export class HostTable {
  private readonly table: RecordTable;
  private readonly nowMs: () => number;
  private readonly cooldowns = new Map<string, Known>();

  constructor(table: RecordTable, nowMs: () => number = Date.now) {
    this.table = table;
    this.nowMs = nowMs;
  }

  async hosts(): Promise<ReadonlyMap<string, Host>> {
    const items = await this.table.query({ expression: "#pk = :pk", values: { ":pk": PARTITION } });
    return new Map(items.map((item) => Host.parse(item)).map((host) => [host.host, host]));
  }

  async host(name: string): Promise<Host> {
    const item = await this.table.get(hostKey(name));
    return item === undefined ? { version: 1, host: name } : Host.parse(item);
  }

  async reserve(host: Host, nextStartAtMs: number): Promise<Host | undefined> {
    const asRead =
      host.nextStartAtMs === undefined
        ? { expression: "attribute_not_exists(#nextStartAtMs)" }
        : { expression: "#nextStartAtMs = :asRead", values: { ":asRead": host.nextStartAtMs } };
    const moved = await this.table.update(hostKey(host.host), { set: { version: 1, host: host.host, nextStartAtMs } }, asRead);
    return moved === undefined ? undefined : Host.parse(moved);
  }

  async pauseHost(name: string, at: string): Promise<void> {
    await this.table.update(hostKey(name), { set: { version: 1, host: name, pausedAt: at } });
  }

  async resumeHost(name: string): Promise<void> {
    await this.table.update(hostKey(name), { remove: ["pausedAt"] }, { expression: "attribute_exists(#pk)" });
  }

  async noteExcess(name: string, excess: Excess & Pick<Host, "exceededToldAt">): Promise<void> {
    await this.table.update(hostKey(name), { set: { version: 1, host: name, ...excess } });
  }

  async cooldownUntil(host: string): Promise<string | undefined> {
    return (await this.known(host)).until;
  }

  async blackoutOf(host: string): Promise<Blackout | undefined> {
    return (await this.known(host)).blackout;
  }

  /**
   * Writes what an operator says of the host; what is undefined goes. So do the starts that are reserved ahead: they may lie behind a window
   * that is no more, or at a pace that was too slow, and everybody would wait for them.
   */
  async putPolicy(name: string, { startsPerSecond, blackout }: HostPolicy): Promise<Host> {
    const set = { version: 1, host: name, startsPerSecond, blackout };
    const gone = Object.entries({ startsPerSecond, blackout }).flatMap(([field, value]) => (value === undefined ? [field] : []));
    const written = await this.table.update(hostKey(name), { set, remove: [...gone, "nextStartAtMs"] });
    this.cooldowns.delete(name);
    return Host.parse(written);
  }

  /** A cooldown only grows: two workers that heard 429 agree on the later end. */
  async coolDown(host: string, until: string): Promise<void> {
    const moved = await this.table.update(
      hostKey(host),
      { set: { version: 1, host, cooldownUntil: until } },
      {
        expression: "attribute_not_exists(#cooldownUntil) OR #cooldownUntil < :earlierThan",
        values: { ":earlierThan": until },
      },
    );
    if (moved === undefined) this.cooldowns.delete(host);
    else this.remember(Host.parse(moved));
  }

  async claimProbe(host: string, over: string, leaseUntil: string): Promise<boolean> {
    const stillOver = { expression: "#cooldownUntil = :over", values: { ":over": over } };
    const moved = await this.table.update(hostKey(host), { set: { cooldownUntil: leaseUntil } }, stillOver);
    if (moved === undefined) this.cooldowns.delete(host);
    else this.remember(Host.parse(moved));
    return moved !== undefined;
  }

  async endCooldown(host: string, leaseUntil: string): Promise<void> {
    const stillOurs = { expression: "#cooldownUntil = :lease", values: { ":lease": leaseUntil } };
    await this.table.update(hostKey(host), { remove: ["cooldownUntil"] }, stillOurs);
    this.cooldowns.delete(host);
  }

  private async known(host: string): Promise<Known> {
    const known = this.cooldowns.get(host);
    if (known !== undefined && this.nowMs() - known.readAtMs < CACHED_MS) return known;
    return this.remember(await this.host(host));
  }

  private remember({ host, cooldownUntil: until, blackout }: Host): Known {
    const known = { until, blackout, readAtMs: this.nowMs() };
    this.cooldowns.set(host, known);
    return known;
  }
}

function hostKey(name: string): Key {
  return { pk: PARTITION, sk: name };
}
