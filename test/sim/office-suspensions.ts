/** Owners with calendars of their own are suspended and resumed, by two people at once and again after every breakdown, while those are imported, paused, added and removed. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { OwnerReport } from "../../lib/contract/owner.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { resumeOwner, suspendOwner } from "../../lib/sync/suspend-owner.ts";
import { layered } from "../sync/layer.ts";
import type { Counter, Office } from "./counter.ts";
import type { Ports } from "./desk.ts";
import { Flights } from "./flights.ts";
import type { Flight } from "./flights.ts";

const OWNERS = ["owner-s", "owner-t"];
const CALENDARS = 2;
const PARTS_MOST = 5;
const VERBS = { suspend: suspendOwner, resume: resumeOwner };
const LOOKS: ReadonlySet<string> = new Set(["ownerRecords.owner", "calendars.list"]);

type Verb = keyof typeof VERBS;
type Owner = {
  readonly ownerId: string;
  readonly flights: Flights;
  /** Calendars that somebody was told are stopped with it, and nobody has asked to let go on, with the instant of that answer. */
  readonly stopped: Map<string, number>;
};
type Act = { readonly ports: Ports; readonly flight: Flight; readonly present: readonly string[] };

export function openSuspensions(counter: Counter): Required<Office> {
  const suspensions = new Suspensions(counter);
  return { minute: () => suspensions.minute(), settle: () => suspensions.settle(), check: () => suspensions.check() };
}

class Suspensions {
  private readonly counter: Counter;
  private readonly owners: readonly Owner[];
  private readonly made = new Set<string>();
  private removed: string | undefined;

  constructor(counter: Counter) {
    this.counter = counter;
    this.owners = OWNERS.map((ownerId) => ({ ownerId, flights: new Flights(), stopped: new Map() }));
    this.watchSources();
  }

  minute(): void {
    const { random } = this.counter;
    for (const owner of this.owners) {
      this.checkStopped(owner);
      if (this.calendarsOf(owner).length < CALENDARS && random.chance(0.3)) this.create(owner);
      if (!random.chance(0.25)) continue;
      random.pick([
        () => this.turn(owner, "suspend"),
        () => this.turn(owner, "resume"),
        () => this.twice(owner, "suspend", "suspend"),
        () => this.twice(owner, "resume", "resume"),
        () => this.twice(owner, "suspend", "resume"),
        () => this.look(owner),
        () => this.one(owner),
      ])();
    }
  }

  settle(): void {
    for (const owner of this.owners) {
      owner.stopped.clear();
      this.turn(owner, "resume");
    }
  }

  check(): void {
    const { counter } = this;
    const { owners, calendars } = counter.simulation.world;
    for (const { ownerId } of this.owners) {
      const state = owners.records.get(ownerId)?.state;
      counter.must(state === undefined, `owner ${ownerId} was resumed at last, and is ${state}`);
    }
    const lost = [...this.made].filter((calendarId) => calendarId !== this.removed && !calendars.metas.has(calendarId));
    counter.must(lost.length === 0, `${lost.join(", ")} was made, and is not there`);
  }

  /** As the command does it, part by part. */
  private turn(owner: Owner, verb: Verb): void {
    const { counter } = this;
    this.act(owner, verb, async (act) => {
      const items: OwnerReport["items"][number][] = [];
      let cursor: string | undefined;
      for (let part = 0; part < PARTS_MOST && (part === 0 || cursor !== undefined); part += 1) {
        const asked = { ownerId: owner.ownerId, dryRun: false, cursor };
        const report = await VERBS[verb](asked, act.ports, counter.context());
        items.push(...report.items);
        cursor = report.cursor;
      }
      this.mustTellAll(owner, act, items);
      if (verb === "suspend") this.suspended(owner, act, items);
      else this.resumed(owner, act, items);
    });
  }

  private twice(owner: Owner, one: Verb, other: Verb): void {
    this.turn(owner, one);
    this.turn(owner, other);
  }

  /** Whatever was there when it was asked for is in the answer, unless it is gone. */
  private mustTellAll({ ownerId }: Owner, { present }: Act, items: OwnerReport["items"]): void {
    const { calendars } = this.counter.simulation.world;
    const told = new Set(items.map(({ id }) => id));
    const forgotten = present.filter((calendarId) => !told.has(calendarId) && calendars.isFound(calendarId));
    this.counter.must(forgotten.length === 0, `an answer about all calendars of ${ownerId} leaves out ${forgotten.join(", ")}`);
  }

  private suspended({ ownerId, flights, stopped }: Owner, { flight }: Act, items: OwnerReport["items"]): void {
    const { counter } = this;
    const { owners, calendars } = counter.simulation.world;
    if (flights.isBeside(flight, ["resume"])) return;
    const mark = owners.records.get(ownerId)?.state;
    counter.must(mark === "suspended", `owner ${ownerId} was suspended, and is ${mark}`);
    if (flights.isBeside(flight, ["resume one"])) return;
    for (const { id, outcome, detail = "" } of items) {
      const { state = "removed", pausedBy } = calendars.metas.get(id) ?? {};
      counter.must(detail !== "it is active", `${id} is active, and was left so when owner ${ownerId} was suspended`);
      // What the host or somebody else paused goes on with them.
      if (outcome === "done" || pausedBy === "owner") stopped.set(id, counter.simulation.nowMs);
      counter.must(outcome !== "done" || state !== "active", `${id} was paused with owner ${ownerId}, and is ${state}`);
    }
  }

  private resumed({ ownerId, flights }: Owner, { flight, present }: Act, items: OwnerReport["items"]): void {
    const { counter } = this;
    const { owners, calendars } = counter.simulation.world;
    if (flights.isBeside(flight, ["suspend", "create"])) return;
    const mark = owners.records.get(ownerId)?.state;
    counter.must(mark === undefined, `owner ${ownerId} was resumed, and is ${mark}`);
    const kept = present.filter((calendarId) => calendars.metas.get(calendarId)?.pausedBy === "owner");
    counter.must(kept.length === 0, `owner ${ownerId} was resumed, and ${kept.join(", ")} is paused with it`);
    if (flights.isBeside(flight, ["pause one"])) return;
    for (const { id } of items.filter(({ outcome }) => outcome === "done")) this.mustBeBack(id, ownerId);
  }

  /** Its host may be paused at the same moment, and a source that is gone for good takes it off the wheel again. */
  private mustBeBack(calendarId: string, ownerId: string): void {
    const { simulation } = this.counter;
    const { metas, checkpoints } = simulation.world.calendars;
    const { wheel, outcome } = checkpoints.get(calendarId) ?? {};
    const isTouched = [...simulation.processes].some(({ name }) => name.split(" ").includes(calendarId));
    if (metas.get(calendarId)?.state !== "active" || outcome?.code === "source-gone" || isTouched) return;
    this.counter.must(wheel !== undefined, `${calendarId} went on with owner ${ownerId}, and is on no slot`);
  }

  private look(owner: Owner): void {
    const { counter } = this;
    const verb = counter.random.pick(["suspend", "resume"] as const);
    const process = this.act(owner, "look", async ({ ports }) => {
      await VERBS[verb]({ ownerId: owner.ownerId, dryRun: true }, ports, counter.context());
      const isLooking = process.done.every((method) => LOOKS.has(method));
      counter.must(isLooking, `a look at how to ${verb} ${owner.ownerId} did ${process.done.join(", ")}`);
    });
  }

  /** One of its calendars alone. */
  private one(owner: Owner): void {
    const { random, weather } = this.counter;
    const calendars = this.calendarsOf(owner);
    if (calendars.length === 0) return;
    const calendarId = random.pick(calendars);
    random.pick([
      () => this.act(owner, "pause one", async ({ ports }) => void (await pauseCalendar(calendarId, "calendar", ports))),
      () => this.act(owner, "resume one", async ({ ports }) => void (await resumeCalendar(calendarId, "calendar", ports))),
      () => weather.operators.syncNow(calendarId),
      () => this.remove(owner, calendarId),
    ])();
  }

  /** Its letters and what is half removed are looked after with the others'. */
  private remove(owner: Owner, calendarId: string): void {
    if (this.removed !== undefined || owner.stopped.has(calendarId)) return;
    const { weather, simulation } = this.counter;
    this.removed = calendarId;
    weather.operators.removed.add(calendarId);
    this.act(owner, "remove", async ({ ports }) => void (await removeCalendar(calendarId, ports, simulation.world.newId)));
  }

  /** Whoever makes one for an owner that is suspended, and goes on to be so, gets one that does not run. */
  private create(owner: Owner): void {
    const { counter } = this;
    const { ownerId, flights, stopped } = owner;
    const url = counter.weather.addSource().url;
    const draft = CalendarDraft.parse({ ownerId, source: { kind: "url", url }, intervalMinutes: 15, firstImport: "now" });
    this.act(owner, "create", async ({ ports, flight }) => {
      const { calendar } = await createCalendar(draft, ports, counter.context());
      const { calendarId, pausedBy } = calendar;
      this.made.add(calendarId);
      if (flights.isBeside(flight, ["suspend", "resume"])) return;
      const mark = counter.simulation.world.owners.records.get(ownerId)?.state;
      counter.must(
        (mark !== undefined) === (pausedBy === "owner"),
        `${calendarId} of ${ownerId}, which is ${mark}, is paused by ${pausedBy}`,
      );
      if (pausedBy === "owner" && !flights.isBeside(flight, ["resume one"])) stopped.set(calendarId, counter.simulation.nowMs);
    });
  }

  private act(owner: Owner, verb: string, work: (act: Act) => Promise<void>): ReturnType<Counter["ask"]> {
    const { counter } = this;
    const { ownerId, flights, stopped } = owner;
    if (verb.startsWith("resume")) stopped.clear();
    const flight = flights.begin(verb);
    const present = this.calendarsOf(owner);
    const process = counter.ask(
      `${verb} ${ownerId}`,
      async (ports) => {
        const calendars = layered("calendars", ports.calendars, flight.layer);
        const ownerRecords = layered("ownerRecords", ports.ownerRecords, flight.layer);
        await work({ ports: { ...ports, calendars, ownerRecords }, flight, present });
      },
      ({ code, what }) =>
        counter.must(code !== "owner-suspended", `nobody erases ${ownerId}, and to ${verb} was refused: ${what}`),
    );
    flight.process = process;
    return process;
  }

  private calendarsOf({ ownerId }: Owner): readonly string[] {
    const { calendars } = this.counter.simulation.world;
    const owned = [...calendars.metas.values()].filter((calendar) => calendar.ownerId === ownerId);
    return owned.flatMap(({ calendarId }) => (calendars.isFound(calendarId) ? [calendarId] : []));
  }

  private checkStopped({ ownerId, stopped }: Owner): void {
    const { metas } = this.counter.simulation.world.calendars;
    for (const calendarId of stopped.keys()) {
      const { state = "removed" } = metas.get(calendarId) ?? {};
      const isStopped = state === "paused" || state === "removed";
      this.counter.must(isStopped, `${calendarId} is ${state}, and nobody resumed its owner ${ownerId}`);
    }
  }

  /** No turn that began after the answer that a calendar is stopped asks its source; whoever wants it now gets it all the same. */
  private watchSources(): void {
    const { simulation, weather } = this.counter;
    const { sources } = simulation.world;
    const fetch = sources.fetch.bind(sources);
    sources.fetch = async (request) => {
      const { startedMs = 0, name = "nobody", task } = simulation.actor ?? {};
      const isTurn = task?.kind === "import" && task.turn !== undefined;
      for (const [calendarId, sinceMs] of this.owners.flatMap(({ stopped }) => [...stopped])) {
        const isIts = weather.sourceOf(calendarId)?.url === request.url.href;
        // In calm weather everything goes on.
        if (isIts && isTurn && startedMs > sinceMs && simulation.faultShare > 0)
          simulation.violate(`${name} asked for ${calendarId}, whose owner is suspended`);
      }
      return await fetch(request);
    };
  }
}
