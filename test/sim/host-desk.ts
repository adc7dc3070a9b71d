/** People who set hosts' policies, several at once: what was answered holds until somebody else asks for another, and what was refused is nowhere. */
import type { HostPolicy } from "../../lib/contract/host.ts";
import { WEEKDAYS } from "../../lib/contract/schedule.ts";
import { setHost } from "../../lib/sync/set-host.ts";
import type { Counter } from "./counter.ts";
import { canonical } from "./registry-records.ts";
import type { Process } from "./simulation.ts";

/** Named by its policy. */
type Order = { readonly name: string };

/** Serves calendars: whoever sets it has its starts forgotten that were reserved. */
const SERVING = "host3.example";
/** The others only these people know. */
const HOSTS = ["desk1.example", "desk2.example:8443", SERVING];
const WINDOWS: readonly Pick<HostPolicy, "blackout">[] = [
  {},
  { blackout: [{ kind: "once", from: "2031-01-01T00:00:00Z", to: "2031-01-02T00:00:00Z" }] },
  { blackout: [{ kind: "weekly", days: ["SA", "SU"], from: "22:00", to: "06:00", zone: "Europe/Berlin" }] },
];
const ALWAYS: HostPolicy["blackout"] = [{ kind: "weekly", days: [...WEEKDAYS], from: "06:00", to: "06:00", zone: "UTC" }];

export class HostDesk {
  private readonly counter: Counter;
  /** What each host's policy may be: of the last answer, and of whoever asked while that was worked on or has asked since. */
  private readonly possible = new Map<string, readonly Order[]>();
  private readonly running = new Map<Order, Process>();
  private asked = 0;
  private isSettled = false;

  constructor(counter: Counter) {
    this.counter = counter;
  }

  minute(): void {
    const { random } = this.counter;
    const host = random.pick(HOSTS);
    this.mustStand();
    this.set(host);
    if (random.chance(0.4)) this.set(host);
    if (random.chance(0.2)) this.askWrongly(host);
  }

  /** The storm's end has set all paces back, and nobody is under way. */
  settle(): void {
    this.isSettled = true;
    this.running.clear();
    this.possible.clear();
    for (const host of HOSTS) this.set(host);
  }

  check(): void {
    this.mustStand();
    const open = HOSTS.filter((host) => this.possible.get(host)?.length !== 1 || this.running.size > 0);
    this.counter.must(open.length === 0, `the policy of ${open.join(" and ")} was not set, although all is well`);
  }

  private set(host: string): void {
    const { counter } = this;
    this.asked += 1;
    const policy = { startsPerSecond: 1 + this.asked / 1000, ...(host === SERVING ? {} : counter.random.pick(WINDOWS)) };
    const order: Order = { name: textOf(policy) };
    const standing = this.possible.get(host) ?? [{ name: textOf(counter.simulation.world.hosts.stored.get(host) ?? {}) }];
    // Whose process is over has written what it ever will, and may be what stands.
    const rivals = new Set(standing.filter((other) => this.running.get(other)?.state === "running"));
    this.possible.set(host, [...standing, order]);
    const process = counter.ask(`set host ${host}`, async ({ hosts }) => {
      const set = await setHost(host, policy, hosts, counter.context().now());
      counter.must(textOf(set) === order.name, `host ${host} was answered ${textOf(set)}, wanted ${order.name}`);
      const since = this.possible.get(host) ?? [];
      this.possible.set(host, [...rivals, ...since.slice(since.indexOf(order))]);
      this.running.delete(order);
      this.mustStand();
    });
    this.running.set(order, process);
  }

  /** What is refused is refused for what it says, and changes nothing. */
  private askWrongly(host: string): void {
    const { counter } = this;
    const isName = counter.random.chance(0.5);
    const name = isName ? "https://desk1.example" : host;
    counter.ask(
      `set host ${name} wrongly`,
      async ({ hosts }) => {
        await setHost(name, isName ? {} : { blackout: ALWAYS }, hosts, counter.context().now());
        counter.must(false, `host ${name} was set, ${isName ? "and is none" : "and may never be asked"}`);
      },
      ({ code }) => {
        const wanted = isName ? "query-invalid" : "blackout-invalid";
        counter.must(code === wanted, `host ${name} was refused as ${code}, wanted ${wanted}`);
        this.mustStand();
      },
    );
  }

  private mustStand(): void {
    const { simulation } = this.counter;
    // Paces are set back at the storm's end.
    if (simulation.faultShare === 0 && !this.isSettled) return;
    const { stored } = simulation.world.hosts;
    this.counter.must(!stored.has("https://desk1.example"), "what is no host has a policy");
    for (const [host, orders] of this.possible) {
      const found = stored.get(host);
      const names = orders.map(({ name }) => name);
      const isSo = names.includes(textOf(found ?? {}));
      this.counter.must(isSo, `host ${host} is ${textOf(found ?? {})}, and was answered ${names.join(" or ")}`);
    }
  }
}

function textOf({ startsPerSecond, blackout }: HostPolicy): string {
  return canonical({ startsPerSecond, blackout });
}
