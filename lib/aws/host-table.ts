/** Hosts in the table: one pace and one cooldown each, for the whole stack. */
import { Host } from "../contract/host.ts";
import type { Excess } from "../core/pace-excess.ts";
import type { Key, RecordTable } from "./record-table.ts";

/** A worker asks for one host's cooldown many times a second; this much later is soon enough. */
const CACHED_MS = 5000;
const PARTITION = "HOSTS";

export class HostTable {
  private readonly table: RecordTable;
  private readonly nowMs: () => number;
  private readonly cooldowns = new Map<string, { readonly until: string | undefined; readonly readAtMs: number }>();

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

  async noteExcess(name: string, excess: Excess & Pick<Host, "exceededToldAt">): Promise<void> {
    await this.table.update(hostKey(name), { set: { version: 1, host: name, ...excess } });
  }

  async cooldownUntil(host: string): Promise<string | undefined> {
    const known = this.cooldowns.get(host);
    if (known !== undefined && this.nowMs() - known.readAtMs < CACHED_MS) return known.until;
    return this.remember(host, (await this.host(host)).cooldownUntil);
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
    else this.remember(host, until);
  }

  async claimProbe(host: string, over: string, leaseUntil: string): Promise<boolean> {
    const stillOver = { expression: "#cooldownUntil = :over", values: { ":over": over } };
    const moved = await this.table.update(hostKey(host), { set: { cooldownUntil: leaseUntil } }, stillOver);
    if (moved === undefined) this.cooldowns.delete(host);
    else this.remember(host, leaseUntil);
    return moved !== undefined;
  }

  async endCooldown(host: string, leaseUntil: string): Promise<void> {
    const stillOurs = { expression: "#cooldownUntil = :lease", values: { ":lease": leaseUntil } };
    await this.table.update(hostKey(host), { remove: ["cooldownUntil"] }, stillOurs);
    this.cooldowns.delete(host);
  }

  private remember(host: string, until: string | undefined): string | undefined {
    this.cooldowns.set(host, { until, readAtMs: this.nowMs() });
    return until;
  }
}

function hostKey(name: string): Key {
  return { pk: PARTITION, sk: name };
}
