/** An owner is erased: counted first, then part by part to its end; nothing of it is left, and nothing of anybody else's is touched. */
import type { EraseReport, Owner } from "../../lib/contract/owner.ts";
import { countOwned } from "../../lib/sync/count-owned.ts";
import { eraseOwner } from "../../lib/sync/erase-owner.ts";
import type { EraseOwnerPorts } from "../../lib/sync/erase-owner.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import { callsOf, played } from "./calls.ts";
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";
import { erasurePorts, REMEMBERED } from "./erasure-shelf.ts";
import { downloadOf, letterOf, nobodys, stock } from "./owner-stock.ts";

const OWNER = "ann";
const OTHER = "bob";
const START = "2026-05-07T00:00:00.000Z";
const SETTLED = "2026-05-07T00:15:00.000Z";
/** As many as one part takes; as one part forgets; and more than either. */
const KEYS = { exactlyTaken: 4, exactlyForgotten: 20, many: 30 };
const NOBODYS = 45;
/** No erasure of so few things takes so many parts. */
const PARTS_MOST = 40;
const THINGS_MOST = 12;
const CALLS_MOST = 60;
const LOOKS = new Set(["erasure.owned", "erasure.remembered", "erasure.look"]);

/** Where an erasure stands when its next part is broken off. */
const STAGES = ["1 things", "1 rest", "1 settling", "2 things", "2 rest", "2 remains", "2 end"] as const;
type Stage = (typeof STAGES)[number];

type Part = { readonly report: EraseReport | undefined; readonly calls: readonly string[] };
type Counts = Record<string, number>;
const OWN: Counts = { calendar: 2, feed: 1, download: 1, reservation: 1, repeat: 1, item: 1 };
const TRACES: Counts = { letter: 3, alert: 1, booking: 1 };

export async function drillErasure(drill: Drill): Promise<void> {
  await drillCounts(drill);
  await drillConfirm(drill);
  for (const keys of Object.values(KEYS)) await drillErased(drill, keys);
}

export async function drillBrokenErasure(drill: Drill): Promise<void> {
  for (const stage of STAGES) await drillBroken(drill, stage);
}

export async function drillContestedErasure(drill: Drill): Promise<void> {
  for (const stage of STAGES) await drillContested(drill, stage);
  await drillLate(drill);
}

/** Everything is counted once, with names; a look writes nothing. */
async function drillCounts(drill: Drill): Promise<void> {
  const { shelf } = drill.simulation.desk;
  put(drill, KEYS.many);
  const before = shelf.lines().join("\n");
  const own = { ...OWN, key: KEYS.many };
  // Nothing is remembered yet: of letters those count that name the owner.
  mustEqual(drill, await counted(drill), { ...own, letter: 1, booking: 1 }, "an owner was counted");
  for (const [name, { ownerId, thing }] of shelf.things)
    if (ownerId === OWNER && (thing.kind === "calendar" || thing.kind === "feed" || thing.kind === "download"))
      shelf.remains.set(name, { ownerId, remains: { kind: thing.kind, id: thing.id } });
  mustEqual(drill, await counted(drill), { ...own, ...TRACES }, "an owner that is half erased was counted");
  shelf.remains.clear();
  drill.must(shelf.lines().join("\n") === before, "a look at an owner changed something");
  mustKeepOrder(drill, "an owner was counted");
}

/** Page by page to the end. */
async function counted(drill: Drill): Promise<Counts> {
  const counts: Counts = {};
  const names: string[] = [];
  let report = await countedPart(drill, undefined);
  for (let asked = 1; ; asked += 1) {
    add(counts, report?.counts);
    names.push(...(report?.names ?? []));
    if (report?.cursor === undefined || asked === PARTS_MOST) break;
    report = await countedPart(drill, report.cursor);
  }
  drill.must(report?.cursor === undefined, `a count had no end within ${PARTS_MOST} parts`);
  const wanted = "cron of ann, feed of ann, plain of ann";
  drill.must(names.toSorted().join(", ") === wanted, `a count names ${names.join(", ")}, wanted ${wanted}`);
  return counts;
}

async function countedPart(drill: Drill, cursor: string | undefined): Promise<EraseReport | undefined> {
  const { calls, result } = await played(
    drill,
    "count",
    async ({ erasure }) => await countOwned({ ownerId: OWNER, cursor }, { erasure }),
  );
  const isLooking = calls.every((call) => LOOKS.has(call));
  drill.must(isLooking, `an owner was counted by ${calls.join(", ")}`);
  drill.must(result?.dryRun === true && result.ownerId === OWNER, "a count does not say that it is one");
  const state = result?.cursor === undefined ? "counted" : "counting";
  drill.must(result?.state === state, `a count says ${result?.state}, wanted ${state}`);
  return result;
}

/** Nobody erases without its name twice. */
async function drillConfirm(drill: Drill): Promise<void> {
  for (const confirm of [undefined, "", OTHER, "an", "Ann"]) {
    const { calls } = await part(drill, START, { confirm });
    drill.must(drill.refused === "body-invalid", `an erasure confirmed with ${confirm} was ${drill.refused}`);
    drill.must(calls.length === 0, `an erasure confirmed with ${confirm} called ${calls.join(", ")}`);
  }
}

/** Two rounds with a quarter of an hour between them, and what workers wrote meanwhile goes too. */
async function drillErased(drill: Drill, keys: number): Promise<void> {
  const { owners } = drill.simulation.world;
  const wanted = put(drill, keys);
  owners.records.set(OWNER, { version: 1, ownerId: OWNER, state: "suspended", since: "2026-05-01T00:00:00.000Z" });
  const first = await partsUntil(drill, START, "settling");
  mustEqual(drill, first.counts, { ...OWN, ...TRACES, key: keys, item: 2 }, "the first round erased");
  mustBeGone(drill, "after the first round", REMEMBERED);
  drill.must(first.report?.until === SETTLED, `the second round begins at ${first.report?.until}, wanted ${SETTLED}`);
  const { state, since } = owners.records.get(OWNER) ?? {};
  drill.must(state === "erasing" && since === START, `an owner that is erased is ${state} since ${since}`);
  writeLate(drill);
  const early = await part(drill, "2026-05-07T00:14:59.999Z");
  const isWaiting = early.report?.state === "settling" && early.report.until === SETTLED;
  drill.must(isWaiting, `asked too early, the erasure says ${JSON.stringify(early.report)}`);
  drill.must(early.calls.join() === "ownerRecords.owner", `asked too early, the erasure called ${early.calls.join(", ")}`);
  const second = await partsUntil(drill, SETTLED, "erased");
  mustEqual(drill, second.counts, { download: 1, letter: 1 }, "the second round erased");
  mustBeErased(drill, wanted, "undisturbed");
}

/** Workers that had begun before their calendar was stopped. */
function writeLate(drill: Drill): void {
  const { shelf } = drill.simulation.desk;
  for (const name of ["calendar ann-plain", "feed ann-feed", "key ann-key-0"]) shelf.leave(name);
  shelf.putThing(OWNER, downloadOf(OWNER, "late"));
  shelf.putTrace(letterOf("ann-late", { calendarId: "ann-cron" }));
}

/** Asks again and again at one instant. */
async function partsUntil(
  drill: Drill,
  at: string,
  state: EraseReport["state"],
): Promise<{ readonly counts: Counts; readonly report: EraseReport | undefined }> {
  const counts: Counts = {};
  for (let asked = 0; asked < PARTS_MOST; asked += 1) {
    const { report, calls } = await part(drill, at);
    mustTell(drill, report, calls);
    add(counts, report?.counts);
    // The first part of all marks the owner.
    const isThere = calls.includes("erasure.delete") || calls.includes("erasure.deleteRemains");
    const isMoved = asked > 0 && calls.includes("ownerRecords.putOwner");
    drill.must(!isThere || !isMoved, "an erasure that goes on where it was wrote that it does");
    const reads = calls.filter((call) => call === "ownerRecords.owner").length;
    drill.must(reads === 1, `a part that nobody disturbs read what is said of the owner ${reads} times`);
    if (report?.state === state) return { counts, report };
    const isGoingOn = report?.state === "erasing" && report.until === undefined;
    drill.must(isGoingOn, `on its way to ${state} an erasure says ${JSON.stringify(report)}`);
    if (!isGoingOn) break;
  }
  drill.must(false, `an erasure was not ${state} after ${PARTS_MOST} parts`);
  return { counts, report: undefined };
}

/** A part is short, and tells of each thing that it erased. */
function mustTell(drill: Drill, report: EraseReport | undefined, calls: readonly string[]): void {
  drill.must(report?.dryRun === false && report.ownerId === OWNER, "an erasure does not say that it is one");
  const things = calls.filter((call) => call === "erasure.delete").length;
  const told = Object.values(report?.counts ?? {}).reduce((sum, count) => sum + count, 0);
  drill.must(things <= THINGS_MOST, `a part erased ${things} things, wanted ${THINGS_MOST} at most`);
  drill.must(things === 0 || told === things, `a part erased ${things} things and told of ${told}`);
}

/** A part is broken off at each of its calls: who asks again brings the erasure to the same end. */
async function drillBroken(drill: Drill, stage: Stage): Promise<void> {
  let wanted: readonly string[] = [];
  await breakOffEverywhere(drill, {
    name: `erase, ${stage}`,
    before: async () => {
      wanted = await putAt(drill, stage);
    },
    work: async (ports) => await erasePart(drill, stage, ports),
    after: async (where) => await mustEnd(drill, wanted, where),
  });
}

/** Somebody else asks for a part before one of its calls, whichever it is: nobody fails, and it comes to the same end. */
async function drillContested(drill: Drill, stage: Stage): Promise<void> {
  for (let call = 1; call <= CALLS_MOST; call += 1) {
    const wanted = await putAt(drill, stage);
    const rival = { name: "erase too", work: async (ports: Ports): Promise<void> => await erasePart(drill, stage, ports) };
    let seen = 0;
    await drill.planned(
      (process) => {
        if (process.name !== "erase (drill)") return undefined;
        seen += 1;
        return seen === call ? rival : undefined;
      },
      async () => await drill.ask("erase", async (ports) => await erasePart(drill, stage, ports)),
    );
    if (seen < call) return;
    const where = `${stage}, somebody else erased it too before call ${call}`;
    drill.must(drill.refused === undefined, `an erasure was ${drill.refused}: ${where}`);
    await mustEnd(drill, wanted, where);
  }
}

/** Others end the erasure before somebody writes how far it has come: that brings nothing of it back, and the answer says so. */
async function drillLate(drill: Drill): Promise<void> {
  for (const [stage, at] of [
    ["2 rest", "ownerRecords.putOwner"],
    ["2 end", "ownerRecords.deleteOwner"],
  ] as const) {
    const wanted = await putAt(drill, stage);
    const toEnd = async (): Promise<void> => await rawPartsUntil(drill, () => !drill.simulation.world.owners.records.has(OWNER));
    const seen: { report?: EraseReport | undefined } = {};
    await interpose(drill, { at, rival: { name: "erase to its end", work: toEnd } }, async () => {
      seen.report = (await part(drill, SETTLED)).report;
    });
    drill.must(seen.report?.state === "erased", `an erasure that others ended says ${seen.report?.state}: ${stage}`);
    mustBeErased(drill, wanted, `others ended it before ${at} at ${stage}`);
  }
}

/** Both owners' things, with the erasure at this stage. @returns what is to stay */
async function putAt(drill: Drill, stage: Stage): Promise<readonly string[]> {
  const { desk, world } = drill.simulation;
  const [round, step] = stage.split(" ");
  const wanted = put(drill, 1);
  await rawPartsUntil(drill, () => {
    const { erasure } = world.owners.records.get(OWNER) ?? {};
    if (stage === "1 things") return true;
    if (stage === "2 end") return erasure?.step === "remains" && desk.shelf.remains.size === 0;
    return String(erasure?.round) === round && erasure?.step === step;
  });
  if (stage === "1 settling") writeLate(drill);
  return wanted;
}

async function erasePart(drill: Drill, stage: Stage, ports: Ports): Promise<void> {
  const at = stage === "1 things" || stage === "1 rest" ? START : SETTLED;
  const context = { now: (): Date => new Date(at) };
  await eraseOwner({ ownerId: OWNER, confirm: OWNER, dryRun: false }, portsOf(drill, ports), context);
}

async function mustEnd(drill: Drill, wanted: readonly string[], where: string): Promise<void> {
  await rawPartsUntil(drill, () => !drill.simulation.world.owners.records.has(OWNER));
  mustBeErased(drill, wanted, where);
}

/** Asks without anybody in between, and waits where it is to. */
async function rawPartsUntil(drill: Drill, isSo: () => boolean): Promise<void> {
  const ports = portsFor(drill.simulation.desk.shelf, drill.simulation.world.owners);
  let at = START;
  for (let asked = 0; asked < PARTS_MOST && !isSo(); asked += 1) {
    const context = { now: (): Date => new Date(at) };
    const { state, until } = await eraseOwner({ ownerId: OWNER, confirm: OWNER, dryRun: false }, ports, context);
    at = until ?? at;
    if (state === "erased") break;
  }
  drill.must(isSo(), `an erasure did not come on within ${PARTS_MOST} parts`);
}

/** Two owners with the same things. @returns all of it that is to stay */
function put(drill: Drill, keys: number): readonly string[] {
  const { desk, world } = drill.simulation;
  desk.shelf.clear();
  world.owners.records.delete(OWNER);
  stock(desk.shelf, OTHER, 1);
  for (const item of nobodys(NOBODYS)) desk.shelf.putTrace(item);
  const stays = desk.shelf.lines();
  stock(desk.shelf, OWNER, keys);
  return stays;
}

async function part(
  drill: Drill,
  at: string,
  { confirm }: { readonly confirm?: string | undefined } = { confirm: OWNER },
): Promise<Part> {
  const { owners } = drill.simulation.world;
  const seen: { report?: EraseReport } = {};
  const calls = await callsOf(
    drill,
    "erase",
    async (ports) => {
      const context = { now: (): Date => new Date(at) };
      seen.report = await eraseOwner({ ownerId: OWNER, confirm, dryRun: false }, portsOf(drill, ports), context);
    },
    (method) => {
      const isShutOut = owners.records.get(OWNER)?.state === "erasing";
      drill.must(isShutOut || method.startsWith("ownerRecords"), `${method} was called before the owner's keys were shut out`);
    },
  );
  mustKeepOrder(drill, "undisturbed");
  return { report: seen.report, calls };
}

/** The owner's own record is the last to go. */
function portsOf(drill: Drill, { erasure, ownerRecords }: Pick<Ports, "erasure" | "ownerRecords">): EraseOwnerPorts {
  return portsFor(erasure, ownerRecords, () => mustBeGone(drill, "when its record was deleted"));
}

function portsFor(
  shelf: Ports["erasure"],
  records: EraseOwnerPorts["ownerRecords"],
  atEnd: () => void = (): void => undefined,
): EraseOwnerPorts {
  const ownerRecords = {
    owner: async (ownerId: string) => await records.owner(ownerId),
    putOwner: async (owner: Owner, before: Owner | undefined) => await records.putOwner(owner, before),
    deleteOwner: async (before: Owner) => {
      atEnd();
      return await records.deleteOwner(before);
    },
  };
  return erasurePorts(shelf, ownerRecords);
}

/** @param but what begins so may be left */
function mustBeGone({ simulation }: Drill, when: string, but?: string): void {
  const left = simulation.desk.shelf
    .lines()
    .filter((line) => line.includes(OWNER) && (but === undefined || !line.startsWith(but)));
  if (left.length > 0) simulation.violate(`drill: of an erased owner there is left ${left.join(", ")}: ${when}`);
}

function mustBeErased(drill: Drill, wanted: readonly string[], where: string): void {
  const { desk, world } = drill.simulation;
  mustBeGone(drill, where);
  drill.must(desk.shelf.lines().join() === wanted.join(), `an erasure touched what is somebody else's: ${where}`);
  drill.must(!world.owners.records.has(OWNER), `an erased owner is still known: ${where}`);
  mustKeepOrder(drill, where);
}

function mustKeepOrder(drill: Drill, where: string): void {
  const [complaint] = drill.simulation.desk.shelf.complaints;
  drill.must(complaint === undefined, `${complaint}: ${where}`);
}

function mustEqual(drill: Drill, counts: Counts, wanted: Counts, what: string): void {
  const [is, should] = [counts, wanted].map((one) =>
    Object.entries(one)
      .map(([kind, count]) => `${count} ${kind}`)
      .toSorted()
      .join(", "),
  );
  drill.must(is === should, `${what}: ${is}, wanted ${should}`);
}

function add(counts: Counts, more: Counts = {}): void {
  for (const [kind, count] of Object.entries(more)) counts[kind] = (counts[kind] ?? 0) + count;
}
