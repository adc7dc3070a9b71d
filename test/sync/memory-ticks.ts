/** Hosts and the tick's cursor in memory, under the conditions of the table. */
import type { Host, HostPolicy } from "../../lib/contract/host.ts";
import type { Excess } from "../../lib/core/pace-excess.ts";
import type { Cooldowns } from "../../lib/sync/import-calendar.ts";
import type { Cursor, HostBook } from "../../lib/sync/run-tick.ts";
import type { HostPolicyBook } from "../../lib/sync/set-host.ts";
import type { ExcessBook } from "../../lib/sync/tell-excess.ts";

export class MemoryHosts implements HostBook, HostPolicyBook, Cooldowns, ExcessBook {
  readonly stored = new Map<string, Host>();

  async hosts(): Promise<ReadonlyMap<string, Host>> {
    return structuredClone(this.stored);
  }

  async host(name: string): Promise<Host> {
    return structuredClone(this.stored.get(name) ?? { version: 1, host: name });
  }

  async reserve(host: Host, nextStartAtMs: number): Promise<Host | undefined> {
    const stored = this.stored.get(host.host);
    if (stored?.nextStartAtMs !== host.nextStartAtMs) return undefined;
    const next: Host = { version: 1, ...stored, host: host.host, nextStartAtMs };
    this.stored.set(host.host, next);
    return structuredClone(next);
  }

  async pauseHost(name: string, at: string): Promise<void> {
    this.stored.set(name, { version: 1, ...this.stored.get(name), host: name, pausedAt: at });
  }

  async putPolicy(name: string, { startsPerSecond, blackout }: HostPolicy): Promise<Host> {
    const { nextStartAtMs: _reserved, ...rest } = this.stored.get(name) ?? {};
    const host: Host = { version: 1, ...rest, host: name, startsPerSecond, blackout };
    this.stored.set(name, host);
    return structuredClone(host);
  }

  async noteExcess(name: string, excess: Excess & Pick<Host, "exceededToldAt">): Promise<void> {
    this.stored.set(name, { version: 1, host: name, ...this.stored.get(name), ...excess });
  }

  async cooldownUntil(host: string): Promise<string | undefined> {
    return this.stored.get(host)?.cooldownUntil;
  }

  async blackoutOf(host: string): Promise<Host["blackout"]> {
    return this.stored.get(host)?.blackout;
  }

  async claimProbe(host: string, over: string, leaseUntil: string): Promise<boolean> {
    const stored = this.stored.get(host);
    if (stored?.cooldownUntil !== over) return false;
    this.stored.set(host, { ...stored, cooldownUntil: leaseUntil });
    return true;
  }

  async endCooldown(host: string, leaseUntil: string): Promise<void> {
    const stored = this.stored.get(host);
    if (stored?.cooldownUntil === leaseUntil) this.stored.set(host, { ...stored, cooldownUntil: undefined });
  }

  async coolDown(host: string, until: string): Promise<void> {
    const stored = this.stored.get(host);
    if (stored?.cooldownUntil !== undefined && stored.cooldownUntil >= until) return;
    this.stored.set(host, { version: 1, ...stored, host, cooldownUntil: until });
  }
}

/** The record that all processes share. */
export type CursorRecord = {
  /** Hears of each minute that is covered. */
  observe?: ((minute: number) => void) | undefined;
  covered?: number | undefined;
  claimedUntil?: string | undefined;
};

/** One process's hand on the cursor. */
export class MemoryCursor implements Cursor {
  private readonly record: CursorRecord;
  private claimedUntil: string | undefined;

  constructor(record: CursorRecord) {
    this.record = record;
  }

  async claim(now: Date, until: Date): Promise<{ readonly covered: number | undefined } | undefined> {
    if (this.record.claimedUntil !== undefined && this.record.claimedUntil > now.toISOString()) return undefined;
    this.claimedUntil = until.toISOString();
    this.record.claimedUntil = this.claimedUntil;
    return { covered: this.record.covered };
  }

  async cover(minute: number): Promise<void> {
    if (this.record.covered !== undefined && this.record.covered >= minute) return;
    this.record.covered = minute;
    this.record.observe?.(minute);
  }

  async release(): Promise<void> {
    if (this.claimedUntil !== undefined && this.record.claimedUntil === this.claimedUntil) this.record.claimedUntil = undefined;
    this.claimedUntil = undefined;
  }
}
