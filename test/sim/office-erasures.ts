/** People who have owners erased, alone and two at once, again after every breakdown, and who count them meanwhile; workers end what they had begun. */
import type { EraseReport } from "../../lib/contract/owner.ts";
import { countOwned } from "../../lib/sync/count-owned.ts";
import { eraseOwner } from "../../lib/sync/erase-owner.ts";
import { resumeOwner, suspendOwner } from "../../lib/sync/suspend-owner.ts";
import { layered } from "../sync/layer.ts";
import type { Counter, Office } from "./counter.ts";
import type { Ports } from "./desk.ts";
import { erasurePorts, REMEMBERED } from "./erasure-shelf.ts";
import { Flights } from "./flights.ts";
import { downloadOf, letterOf, nobodys, stock } from "./owner-stock.ts";

/** The first ones are erased in every storm, the last one never. */
const ERASED = ["owner-a", "owner-b", "owner-c"];
const STAYING = "owner-z";
/** Minutes of the storm between two of them: the last has time for both rounds. */
const APART = 4;
/** With the other kinds more than one part takes. */
const KEYS = 7;
const NOBODYS = 15;
const PARTS_MOST = 20;
/** Longer than any request lives. */
const AGAIN_MS = 30_000;
const LOOKS: ReadonlySet<string> = new Set(["erasure.owned", "erasure.remembered", "erasure.look"]);

/** One owner whose erasure is asked for. */
type Case = {
  readonly ownerId: string;
  readonly flights: Flights;
  /** What there was of it before anybody asked. */
  readonly first: ReadonlySet<string>;
  /** `told`: somebody was told that it is erased, and nobody was still at it. */
  stage: "untouched" | "asked" | "told";
  /** What workers wrote of it since. */
  late: number;
  /** Instant at which the last of them has ended; undefined before the first round is over. */
  workUntil: string | undefined;
};

export function openErasures(counter: Counter): Required<Office> {
  const erasures = new Erasures(counter);
  return { minute: () => erasures.minute(), settle: () => erasures.settle(), check: () => erasures.check() };
}

class Erasures {
  private readonly counter: Counter;
  private readonly cases: readonly Case[];
  /** What is to stay as it is. */
  private readonly others: string;
  private minutes = 0;
  private isCalm = false;

  constructor(counter: Counter) {
    this.counter = counter;
    for (const ownerId of [...ERASED, STAYING]) stock(this.shelf, ownerId, KEYS);
    for (const item of nobodys(NOBODYS)) this.shelf.putTrace(item);
    this.cases = ERASED.map((ownerId) => ({
      ownerId,
      flights: new Flights(),
      first: new Set(this.linesOf(ownerId)),
      stage: "untouched",
      late: 0,
      workUntil: undefined,
    }));
    this.others = this.otherLines();
    this.watchMarks();
  }

  private get shelf(): Ports["erasure"] {
    return this.counter.simulation.desk.shelf;
  }

  minute(): void {
    const { random } = this.counter;
    this.minutes += 1;
    for (const [index, one] of this.cases.entries()) {
      if (one.stage === "untouched" && this.minutes > index * APART) one.stage = "asked";
      if (one.stage === "asked" && random.chance(0.7)) this.ask(one);
      // Somebody else asks for the same, or once more although it is done.
      if (one.stage !== "untouched" && random.chance(one.stage === "asked" ? 0.1 : 0.01)) this.ask(one);
      this.writeLate(one);
    }
    if (random.chance(0.1)) this.count(random.pick(this.cases));
    if (random.chance(0.15)) this.suspendOrResume(random.pick(this.cases));
    this.checkOthers();
  }

  /** Whoever was not told the end asks until he is. */
  settle(): void {
    this.isCalm = true;
    for (const one of this.cases) if (one.stage === "asked") this.ask(one);
  }

  check(): void {
    const { counter } = this;
    for (const { ownerId, stage } of this.cases) {
      const left = this.leftOf(ownerId);
      counter.must(stage === "untouched" || left === "", `${ownerId} was erased, and there is left ${left}`);
      counter.must(stage !== "asked", `the erasure of ${ownerId} never came to its end`);
    }
    this.checkOthers();
  }

  /** One part; who is told to go on does so at once. */
  private ask(one: Case): void {
    const { counter } = this;
    const { ownerId, flights } = one;
    one.stage = "asked";
    const flight = flights.begin("erase");
    const process = counter.ask(`erase ${ownerId}`, async (ports) => {
      const { erasure, ownerRecords } = ports;
      const watched = erasurePorts(
        layered("erasure", erasure, flight.layer),
        layered("ownerRecords", ownerRecords, flight.layer),
      );
      this.answered(one, await eraseOwner({ ownerId, confirm: ownerId, dryRun: false }, watched, counter.context()));
    });
    flight.process = process;
    if (this.isCalm) counter.simulation.at(AGAIN_MS, () => void (process.state === "crashed" && this.ask(one)));
  }

  private answered(one: Case, { state, until }: EraseReport): void {
    const { counter } = this;
    const { ownerId, flights, first } = one;
    if (state === "erasing") {
      if (this.isCalm || counter.random.chance(0.9)) this.askAt(one, 0);
      return;
    }
    // Whoever was broken off after a thing's record leaves the rest of it to the second round, which knows of it.
    const kept = this.linesOf(ownerId).filter((line) => first.has(line) && !this.isRemembered(line));
    counter.must(kept.length === 0, `the erasure of ${ownerId} is ${state}, and there is left ${kept.join(", ")}`);
    const waitMs = until === undefined ? AGAIN_MS : Math.max(0, Date.parse(until) - counter.simulation.nowMs);
    const isAlone = flights.underWay().length <= 1;
    if (state === "erased" && isAlone) {
      const left = this.leftOf(ownerId);
      counter.must(left === "", `${ownerId} was said to be erased, and there is left ${left}`);
      one.stage = "told";
    } else if (this.isCalm) this.askAt(one, waitMs);
  }

  private askAt(one: Case, delayMs: number): void {
    this.counter.simulation.at(delayMs, () => this.ask(one));
  }

  /** Somebody who does not know that the owner is being erased. */
  private suspendOrResume({ ownerId, flights, stage }: Case): void {
    const { counter } = this;
    if (stage === "told") return;
    const verb = counter.random.pick(["suspend", "resume"] as const);
    const flight = flights.begin(verb);
    flight.process = counter.ask(
      `${verb} ${ownerId}`,
      async ({ calendars, ownerRecords }) => {
        const ports = { calendars, ownerRecords: layered("ownerRecords", ownerRecords, flight.layer) };
        const asked = { ownerId, dryRun: false };
        await (verb === "suspend" ? suspendOwner(asked, ports, counter.context()) : resumeOwner(asked, ports));
      },
      ({ code, what }) => {
        const isTrue = code === "owner-suspended" && stage !== "untouched";
        counter.must(
          isTrue || flights.isBeside(flight, ["erase"]),
          `nobody erases ${ownerId}, and to ${verb} it was refused: ${what}`,
        );
      },
    );
  }

  /** An erasure that began ends by itself alone. */
  private watchMarks(): void {
    const { simulation } = this.counter;
    const { owners } = simulation.world;
    const [putOwner, deleteOwner] = [owners.putOwner.bind(owners), owners.deleteOwner.bind(owners)];
    const watch = async (ownerId: string, write: () => Promise<"saved" | "lost">): Promise<"saved" | "lost"> => {
      const before = owners.records.get(ownerId)?.state;
      const answer = await write();
      const { name = "nobody" } = simulation.actor ?? {};
      const isLost = before === "erasing" && owners.records.get(ownerId)?.state !== "erasing";
      if (isLost && !name.startsWith("erase ")) simulation.violate(`${name} ended the erasure of ${ownerId} before its time`);
      return answer;
    };
    owners.putOwner = async (owner, before) => await watch(owner.ownerId, async () => await putOwner(owner, before));
    owners.deleteOwner = async (before) => await watch(before.ownerId, async () => await deleteOwner(before));
  }

  /** Workers that had begun before the owner was shut out live no longer than the first round waits. */
  private writeLate(one: Case): void {
    const { simulation } = this.counter;
    const { ownerId } = one;
    const { erasure } = simulation.world.owners.records.get(ownerId) ?? {};
    one.workUntil ??= erasure?.until;
    const isOver = one.workUntil !== undefined && one.workUntil <= new Date(simulation.nowMs).toISOString();
    if (erasure === undefined || isOver || !simulation.random.chance(0.1)) return;
    one.late += 1;
    for (const name of ["calendar", "feed", "key"].map((kind) => `${kind} ${ownerId}-${kind === "calendar" ? "plain" : kind}`))
      if (this.shelf.remains.has(name)) this.shelf.leave(name);
    this.shelf.putThing(ownerId, downloadOf(ownerId, `late-${one.late}`));
    this.shelf.putTrace(letterOf(`${ownerId}-late-${one.late}`, { calendarId: `${ownerId}-cron` }));
  }

  /** Page by page; whoever counts changes nothing, and counts what there is. */
  private count(one: Case): void {
    const { counter } = this;
    const { ownerId } = one;
    const process = counter.ask(`count ${ownerId}`, async ({ erasure }) => {
      const before = this.stateOf(one);
      const counts = new Map<string, number>();
      let cursor: string | undefined;
      for (let part = 0; part < PARTS_MOST && (part === 0 || cursor !== undefined); part += 1) {
        const report = await countOwned({ ownerId, cursor }, { erasure });
        for (const [kind, count] of Object.entries(report.counts)) counts.set(kind, (counts.get(kind) ?? 0) + count);
        cursor = report.cursor;
      }
      const isLooking = process.done.every((method) => LOOKS.has(method));
      counter.must(isLooking, `${ownerId} was counted by ${process.done.join(", ")}`);
      if (before !== this.stateOf(one)) return;
      const [is, should] = [textOf(counts), this.countOf(ownerId)];
      counter.must(is === should, `${ownerId} was counted as ${is}, and has ${should}`);
    });
  }

  /** Letters and the like where they name the owner, or what an erasure has come across. */
  private countOf(ownerId: string): string {
    const { things, traces, remains } = this.shelf;
    const known = new Set([...remains.values()].flatMap((one) => (one.ownerId === ownerId ? one.remains.id : [])));
    const kinds = [
      ...[...things.values()].flatMap((one) => (one.ownerId === ownerId ? one.thing.kind : [])),
      ...[...traces.values()].flatMap(({ kind, ownerId: its, calendarId = "", feedId = "", downloadId = "" }) => {
        const isIts = its === ownerId || [calendarId, feedId, downloadId].some((id) => known.has(id));
        return isIts && kind !== "item" ? kind : [];
      }),
    ];
    return textOf(new Map([...Map.groupBy(kinds, (kind) => kind)].map(([kind, own]) => [kind, own.length])));
  }

  private checkOthers(): void {
    const [complaint] = this.shelf.complaints;
    this.counter.must(complaint === undefined, `${complaint}`);
    this.counter.must(this.otherLines() === this.others, "an erasure touched what is somebody else's");
  }

  private otherLines(): string {
    const isOther = (line: string): boolean => !ERASED.some((ownerId) => line.includes(ownerId));
    return this.shelf.lines().filter(isOther).join("\n");
  }

  /** Whatever changes of it, what is remembered too. */
  private stateOf({ ownerId, late }: Case): string {
    const lines = this.shelf.lines().filter((line) => line.includes(ownerId));
    return [late, ...lines].join("\n");
  }

  /** What is stored of the owner, but for what the erasure itself wrote. */
  private linesOf(ownerId: string): readonly string[] {
    return this.shelf.lines().filter((line) => line.includes(ownerId) && !line.startsWith(REMEMBERED));
  }

  private isRemembered(line: string): boolean {
    return this.shelf.remains.has(line.replace(/^(objects of|records below) /u, ""));
  }

  private leftOf(ownerId: string): string {
    const { state } = this.counter.simulation.world.owners.records.get(ownerId) ?? {};
    const marks = state === undefined ? [] : [`that it is ${state}`];
    return [...this.shelf.lines().filter((line) => line.includes(ownerId)), ...marks].join(", ");
  }
}

function textOf(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .map(([kind, count]) => `${count} ${kind}`)
    .toSorted()
    .join(", ");
}
