/** Six hours of ticks and workers in simulated time: real use cases, a pool of workers that remember cooldowns for five seconds. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { Blackout } from "../../lib/contract/blackout.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import { newCalendar } from "../../lib/core/registry.ts";
import { importCalendar } from "../../lib/sync/import-calendar.ts";
import type { Cooldowns, Fetched, ImportPorts } from "../../lib/sync/import-calendar.ts";
import { runTick } from "../../lib/sync/run-tick.ts";
import type { PacedTask, TickPorts } from "../../lib/sync/run-tick.ts";
import { World } from "./world.ts";

/** When the host throttles, and when no tick comes; seconds since the start. */
export const SECONDS = { throttled: { from: 5400, to: 6300 }, missed: { from: 10_800, to: 12_600 }, end: 21_600 } as const;

const GIANT = "giant.example";
const OTHERS = 100;
const WORKERS = 100;
const CACHED_MS = 5000;
const RETRY_AFTER_MS = 120_000;
/** A source takes this long; SQS and the batch's window hand a message out within a second. */
const FETCH_MS = 300;
const HANDED_MS = 1000;

export type Asked = { readonly atMs: number; readonly status: 200 | 429; readonly until: number | undefined };
export type Hours = {
  /** The giant's requests. */
  readonly asked: readonly Asked[];
  /** Milliseconds from each reserved start at another host to its request. */
  readonly otherDelays: readonly number[];
  readonly attempts: number;
  readonly deadLetters: number;
  /** The feed of the giant that has waited longest for a success. */
  readonly oldestSuccessMs: number;
};
type Message = { readonly task: ImportTask; readonly receives: number };

export class PoliteHours {
  private readonly world = new World(7);
  private readonly startMs = this.world.clock.nowMs;
  private readonly asked: Asked[] = [];
  private readonly otherDelays: number[] = [];
  /** By the second at which they turn visible. */
  private readonly messages = new Map<number, Message[]>();
  private readonly freeAtMs = Array.from({ length: WORKERS }, () => 0);
  private readonly hosts: readonly CachedCooldowns[];
  private readonly ports: Omit<ImportPorts, "hosts">;
  private readonly ticks: TickPorts;
  private task: ImportTask | undefined;

  constructor({ feeds, others, rate }: { readonly feeds: number; readonly others: number; readonly rate: number }) {
    const { world } = this;
    const ports = world.portsWith(async (_method, effect) => await effect());
    this.hosts = Array.from({ length: WORKERS }, () => new CachedCooldowns(world.hosts, () => world.clock.nowMs));
    this.ports = { ...ports, source: { fetch: async ({ url }) => this.answer(url.host) } };
    this.ticks = { ...ports, imports: { sendImports: async (tasks) => this.send(tasks) } };
    world.hosts.stored.set(GIANT, { version: 1, host: GIANT, startsPerSecond: rate });
    world.cursor.covered = this.startMs / 60_000 - 1;
    for (let index = 0; index < feeds; index += 1) this.plant(`g${index}`, GIANT);
    for (let index = 0; index < others; index += 1) this.plant(`o${index}`, `h${index % OTHERS}.example`);
  }

  async play(): Promise<Hours> {
    const { clock, calendars, importDeadLetters } = this.world;
    for (let second = 0; second < SECONDS.end; second += 1) {
      clock.nowMs = this.startMs + second * 1000;
      const isMissed = second >= SECONDS.missed.from && second < SECONDS.missed.to;
      if (second % 60 === 0 && !isMissed) {
        await runTick(this.ticks, { now: clock.now, deadline: new Date(clock.nowMs + 40_000) });
      }
      await this.work(second);
    }
    const checkpoints = [...calendars.checkpoints.values()];
    const successes = checkpoints.filter(({ host }) => host === GIANT).map(({ lastSuccessAt = "" }) => Date.parse(lastSuccessAt));
    return {
      asked: this.asked.toSorted((one, other) => one.atMs - other.atMs),
      otherDelays: this.otherDelays,
      attempts: checkpoints.reduce((sum, { attempts, failures }) => sum + attempts + failures, 0),
      deadLetters: importDeadLetters.messages.size,
      oldestSuccessMs: successes.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY) - this.startMs,
    };
  }

  private plant(calendarId: string, host: string): void {
    const draft = CalendarDraft.parse({ source: { kind: "url", url: `https://${host}/${calendarId}.ics` } });
    const { calendar, checkpoint } = newCalendar(draft, calendarId, this.world.clock.now().toISOString());
    void this.world.calendars.putCheckpoint(checkpoint);
    void this.world.calendars.putCalendar(calendar);
  }

  private send(tasks: readonly PacedTask[]): void {
    const second = this.second();
    for (const { task, delaySeconds } of tasks) this.put(second + delaySeconds, { task, receives: 0 });
  }

  private put(second: number, message: Message): void {
    const there = this.messages.get(second);
    if (there === undefined) this.messages.set(second, [message]);
    else there.push(message);
  }

  /** All messages that turn visible in this second, as they are handed out, by whoever is free first. */
  private async work(second: number): Promise<void> {
    const due = this.messages.get(second) ?? [];
    this.messages.delete(second);
    const handed = due.map((message) => ({ message, atMs: second * 1000 + this.world.random.between(0, HANDED_MS - 1) }));
    for (const { message, atMs } of handed.toSorted((one, other) => one.atMs - other.atMs)) await this.receive(message, atMs);
  }

  private async receive({ task, receives }: Message, handedMs: number): Promise<void> {
    const worker = this.freeAtMs.reduce((best, freeMs, index) => (freeMs < (this.freeAtMs[best] ?? 0) ? index : best), 0);
    const beginMs = Math.max(handedMs, this.freeAtMs[worker] ?? 0);
    const hosts = this.hosts[worker];
    if (hosts === undefined) throw new RangeError("no worker");
    this.world.clock.nowMs = this.startMs + beginMs;
    this.task = task;
    const before = this.asked.length + this.otherDelays.length;
    const end = await importCalendar(
      task,
      { ...this.ports, hosts },
      {
        now: this.world.clock.now,
        random: () => this.world.random.next(),
        newId: this.world.newId,
        signal: new AbortController().signal,
        attempts: 5,
        receives: receives + 1,
      },
    );
    if (this.asked.length + this.otherDelays.length > before) this.freeAtMs[worker] = beginMs + FETCH_MS;
    if (end.kind === "retry") {
      this.put(Math.floor(beginMs / 1000) + Math.ceil(end.delaySeconds), { task, receives: receives + 1 });
    }
  }

  private answer(host: string): Fetched {
    const atMs = this.world.clock.nowMs - this.startMs;
    if (host !== GIANT) {
      this.otherDelays.push(this.world.clock.nowMs - Date.parse(this.task?.startAt ?? ""));
      return { kind: "unchanged" };
    }
    const { from, to } = SECONDS.throttled;
    const until = atMs >= from * 1000 && atMs < to * 1000 ? atMs + RETRY_AFTER_MS : undefined;
    this.asked.push({ atMs, until, status: until === undefined ? 200 : 429 });
    if (until === undefined) return { kind: "unchanged" };
    const failure = { code: "source-throttled", reason: `host ${host} answered 429`, host } as const;
    return { kind: "deferred", until: new Date(this.startMs + until).toISOString(), failure };
  }

  private second(): number {
    return Math.floor((this.world.clock.nowMs - this.startMs) / 1000);
  }
}

/** What one worker knows of cooldowns: for five seconds it does not ask again. */
class CachedCooldowns implements Cooldowns {
  private readonly hosts: Cooldowns;
  private readonly nowMs: () => number;
  private readonly known = new Map<string, { readonly until: string | undefined; readonly readAtMs: number }>();

  constructor(hosts: Cooldowns, nowMs: () => number) {
    this.hosts = hosts;
    this.nowMs = nowMs;
  }

  async cooldownUntil(host: string): Promise<string | undefined> {
    const known = this.known.get(host);
    if (known !== undefined && this.nowMs() - known.readAtMs < CACHED_MS) return known.until;
    const until = await this.hosts.cooldownUntil(host);
    this.known.set(host, { until, readAtMs: this.nowMs() });
    return until;
  }

  async blackoutOf(host: string): Promise<Blackout | undefined> {
    return await this.hosts.blackoutOf(host);
  }

  async coolDown(host: string, until: string): Promise<void> {
    await this.hosts.coolDown(host, until);
    this.known.delete(host);
  }

  async claimProbe(host: string, over: string, leaseUntil: string): Promise<boolean> {
    this.known.delete(host);
    return await this.hosts.claimProbe(host, over, leaseUntil);
  }

  async endCooldown(host: string, leaseUntil: string): Promise<void> {
    this.known.delete(host);
    await this.hosts.endCooldown(host, leaseUntil);
  }
}
