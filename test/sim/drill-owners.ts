/** An owner is suspended and resumed: its calendars stop and go on, what somebody else stopped stays so, and a look changes nothing. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { Owner, OwnerReport } from "../../lib/contract/owner.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { resumeOwner, suspendOwner } from "../../lib/sync/suspend-owner.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import { callsOf } from "./calls.ts";
import type { Ports } from "./desk.ts";
import type { Drill, Pupil } from "./drill.ts";

const OWNER = "ann";
const SINCE = "2026-05-01T00:00:00.000Z";
const STATES = [undefined, "paused", "suspended"] as const satisfies readonly (Owner["state"] | undefined)[];
const VERBS = { suspend: suspendOwner, resume: resumeOwner };

type Verb = keyof typeof VERBS;
type State = (typeof STATES)[number];
/** What one part came to, and what it called. */
type Part = { readonly report: OwnerReport | undefined; readonly calls: readonly string[] };

export async function drillOwners(drill: Drill): Promise<void> {
  const owned = await own(drill);
  for (const state of STATES) {
    await drillLook(drill, owned, "suspend", state);
    await drillSuspend(drill, owned, state);
    await drillLook(drill, owned, "resume", state);
    await drillResume(drill, owned, state);
  }
  await drillErasing(drill, owned);
  await drillStopped(drill, owned);
}

export async function drillOwnerRaces(drill: Drill): Promise<void> {
  const owned = await own(drill);
  await drillRivals(drill, owned);
  await drillOvertaken(drill, owned);
  await drillBroken(drill, owned);
}

/** Two calendars of an owner of whom nothing is said. */
async function own(drill: Drill): Promise<readonly [Pupil, Pupil]> {
  for (let made = 0; made < 2; made += 1) {
    const source = { kind: "url", url: drill.weather.addSource().url };
    const draft = CalendarDraft.parse({ ownerId: OWNER, source, intervalMinutes: 10, firstImport: "now" });
    await drill.ask("create", async (ports) => await createCalendar(draft, ports, drill.context()));
  }
  const [one, other] = drill.pupils().filter(({ calendar }) => calendar.ownerId === OWNER);
  if (!one || !other) throw new Error("two calendars were registered and are not there");
  return [one, other];
}

/** A look says what would be done and writes nothing. */
async function drillLook(drill: Drill, owned: readonly Pupil[], verb: Verb, state: State): Promise<void> {
  await put(drill, owned, state);
  if (verb === "resume") await pauseWithOwner(drill, owned);
  const text = `a look at how an owner that is ${state} is to ${verb}`;
  const { report, calls } = await part(drill, verb, { dryRun: true });
  const [record, answer] = [textOf(recordOf(drill)), textOf(report?.owner)];
  const wanted = `${state ?? "active"} since ${state === undefined ? undefined : SINCE}`;
  drill.must(record === wanted && answer === wanted, `${text}: it is ${record}, it says ${answer}, wanted ${wanted}`);
  mustCome(drill, report, "would", text);
  drill.must(writesIn(calls) === 0, `${text} was ${calls.join(", ")}`);
  mustBe(drill, owned, verb === "suspend" ? "active" : "paused", text);
}

/** The mark goes first; who is suspended already is so since then, and nothing is written that is so. */
async function drillSuspend(drill: Drill, owned: readonly Pupil[], state: State): Promise<void> {
  await put(drill, owned, state);
  const text = `an owner that is ${state} is suspended`;
  const { report, calls } = await part(drill, "suspend", {
    look: (method) => {
      const isMarked = recordOf(drill)?.state === "suspended";
      drill.must(method !== "calendars.replaceCalendar" || isMarked, "a calendar was paused before its owner was marked");
    },
  });
  const isNew = state !== "suspended";
  const { since = "", state: told } = report?.owner ?? {};
  drill.must(recordOf(drill)?.state === "suspended" && told === "suspended", `${text}: it is ${told}`);
  drill.must(isNew ? since > SINCE : since === SINCE, `${text}: the answer says since ${since}`);
  drill.must(recordOf(drill)?.since === since, `${text}: the answer says since ${since}, the record another time`);
  drill.must(calls.includes("ownerRecords.putOwner") === isNew, `${text} by ${calls.join(", ")}`);
  mustCome(drill, report, "done", text);
  mustBe(drill, owned, "paused", text);
  const again = await part(drill, "suspend");
  mustCome(drill, again.report, "skipped it is paused", `${text}, once more`);
  drill.must(writesIn(again.calls) === 0, `${text}, once more: ${again.calls.join(", ")}`);
}

/** Only what was stopped with the owner goes on, and nothing is said of it any more. */
async function drillResume(drill: Drill, owned: readonly Pupil[], state: State): Promise<void> {
  await put(drill, owned, state);
  await pauseWithOwner(drill, owned);
  const text = `an owner that is ${state} is resumed`;
  const { report, calls } = await part(drill, "resume", {
    look: (method) => {
      drill.must(method !== "calendars.replaceCalendar" || recordOf(drill) === undefined, "a calendar went on before its owner");
    },
  });
  const told = report?.owner.state;
  drill.must(recordOf(drill) === undefined && told === "active", `${text}: it is ${told}`);
  drill.must(calls.includes("ownerRecords.deleteOwner") === (state !== undefined), `${text} by ${calls.join(", ")}`);
  mustCome(drill, report, "done", text);
  mustBe(drill, owned, "active", text);
  const again = await part(drill, "resume");
  mustCome(drill, again.report, "skipped it is active", `${text}, once more`);
  drill.must(writesIn(again.calls) === 0, `${text}, once more: ${again.calls.join(", ")}`);
}

/** Who is being erased is neither suspended nor resumed. */
async function drillErasing(drill: Drill, owned: readonly Pupil[]): Promise<void> {
  await put(drill, owned, undefined);
  const { owners } = drill.simulation.world;
  owners.records.set(OWNER, { version: 1, ownerId: OWNER, state: "erasing", since: SINCE });
  for (const verb of ["suspend", "resume"] as const) {
    const { calls } = await part(drill, verb);
    drill.must(drill.refused === "owner-suspended", `an owner that is being erased was to ${verb}: ${drill.refused}`);
    drill.must(calls.join() === "ownerRecords.owner", `an owner that is being erased was to ${verb}: ${calls.join(", ")}`);
  }
  mustBe(drill, owned, "active", "its owner is being erased");
  owners.records.delete(OWNER);
}

/** What a person paused by itself, or whose source is gone, stays as it is; a suspended owner's calendars ask nobody. */
async function drillStopped(drill: Drill, owned: readonly [Pupil, Pupil]): Promise<void> {
  const [one, other] = owned;
  await put(drill, owned, undefined);
  await drill.ask("pause one", async (ports) => await pauseCalendar(one.calendarId, "calendar", ports));
  await part(drill, "suspend");
  const asked = other.source.served.length;
  await drill.course.turns();
  drill.must(other.source.served.length === asked, "a calendar of a suspended owner was asked for");
  const { report } = await part(drill, "resume");
  const said = report?.items.map(({ id, outcome, detail }) => `${id} ${outcome} ${detail}`) ?? [];
  drill.must(
    said.includes(`${one.calendarId} skipped something else stopped it`),
    `a resumed owner's report: ${said.join(", ")}`,
  );
  mustBe(drill, [one], "paused", "it was paused by itself, and its owner was resumed");
  mustBe(drill, [other], "active", "its owner was resumed");
  await drill.ask("resume one", async (ports) => await resumeCalendar(one.calendarId, "calendar", ports));
}

/** Somebody else is quicker with one of them: the report says so, and the others go their way. */
async function drillRivals(drill: Drill, owned: readonly [Pupil, Pupil]): Promise<void> {
  const [one] = owned;
  const { calendarId } = one;
  const rivals = {
    suspend: async (ports: Ports): Promise<unknown> => await pauseCalendar(calendarId, "calendar", ports),
    resume: async (ports: Ports): Promise<unknown> => await resumeCalendar(calendarId, "calendar", ports),
  };
  const details = { suspend: "it was stopped just now", resume: "it was changed just now" };
  for (const verb of ["suspend", "resume"] as const) {
    await put(drill, owned, undefined);
    if (verb === "resume") await part(drill, "suspend");
    const rival = { name: verb, work: async (ports: Ports): Promise<void> => void (await rivals[verb](ports)) };
    const seen: { report?: OwnerReport | undefined } = {};
    await interpose(drill, { at: "calendars.load", rival }, async () => {
      seen.report = (await part(drill, verb)).report;
    });
    const outcomes = seen.report?.items.map(({ outcome, detail = "" }) => `${outcome} ${detail}`.trim()).toSorted() ?? [];
    drill.must(outcomes.includes("done"), `${verb} beside a rival: ${outcomes.join(", ")}`);
    drill.must(outcomes.includes(`skipped ${details[verb]}`), `${verb} beside a rival: ${outcomes.join(", ")}`);
  }
}

/** An erasure begins before the mark is written or taken away: it stands, and whoever came late with the mark is refused. */
async function drillOvertaken(drill: Drill, owned: readonly Pupil[]): Promise<void> {
  const { records } = drill.simulation.world.owners;
  for (const [verb, at, state] of [
    ["suspend", "ownerRecords.putOwner", undefined],
    ["suspend", "ownerRecords.putOwner", "paused"],
    ["resume", "ownerRecords.deleteOwner", "suspended"],
  ] as const) {
    await put(drill, owned, state);
    const erase = async (): Promise<void> =>
      void records.set(OWNER, { version: 1, ownerId: OWNER, state: "erasing", since: SINCE });
    await interpose(drill, { at, rival: { name: "erase", work: erase } }, async () => void (await part(drill, verb)));
    const text = `an owner that is ${state} was to ${verb} when its erasure began`;
    drill.must(drill.refused === "owner-suspended", `${text}: ${drill.refused}`);
    drill.must(recordOf(drill)?.state === "erasing", `${text}: it is ${recordOf(drill)?.state}`);
    mustBe(drill, owned, "active", text);
  }
  records.delete(OWNER);
}

/** Wherever it is broken off, whoever asks once more brings it to its end. */
async function drillBroken(drill: Drill, owned: readonly [Pupil, Pupil]): Promise<void> {
  // A service that fails is no item of the report: whoever asked gets no answer, and asks again.
  const run = (verb: Verb) => async (ports: Ports) => {
    const { items } = await VERBS[verb]({ ownerId: OWNER, dryRun: false }, ports, drill.context());
    drill.must(!items.some(({ outcome }) => outcome === "failed"), `${verb} was answered although a service failed`);
  };
  for (const verb of ["suspend", "resume"] as const) {
    const [first, mark, state] =
      verb === "suspend" ? (["resume", "suspended", "paused"] as const) : (["suspend", undefined, "active"] as const);
    await breakOffEverywhere(drill, {
      name: verb,
      before: async () => await drill.ask(`${first} first`, run(first)),
      work: run(verb),
      after: (where) => {
        drill.must(recordOf(drill)?.state === mark, `owner ${OWNER} is ${recordOf(drill)?.state}: ${where}`);
        mustBe(drill, owned, state, where);
      },
    });
  }
  // One is removed while it is worked on: it failed alone.
  const [one] = owned;
  const remove = async (ports: Ports): Promise<void> =>
    void (await removeCalendar(one.calendarId, ports, drill.simulation.world.newId));
  const seen: { report?: OwnerReport | undefined } = {};
  await interpose(drill, { at: "calendars.load", rival: { name: "remove", work: remove } }, async () => {
    seen.report = (await part(drill, "suspend")).report;
  });
  const codes = seen.report?.items.map(({ outcome, code = "" }) => `${outcome} ${code}`.trim()).toSorted() ?? [];
  drill.must(codes.join() === "done,failed calendar-unknown", `an owner's calendar was removed meanwhile: ${codes.join(", ")}`);
  await part(drill, "resume");
}

/** Calendars run, and this is said of their owner. */
async function put(drill: Drill, owned: readonly Pupil[], state: State): Promise<void> {
  const { owners } = drill.simulation.world;
  owners.records.delete(OWNER);
  for (const { calendarId } of owned)
    await drill.ask("run", async (ports) => await resumeCalendar(calendarId, "calendar", ports));
  if (state !== undefined) owners.records.set(OWNER, { version: 1, ownerId: OWNER, state, since: SINCE });
}

async function pauseWithOwner(drill: Drill, owned: readonly Pupil[]): Promise<void> {
  for (const { calendarId } of owned)
    await drill.ask("pause first", async (ports) => await pauseCalendar(calendarId, "owner", ports));
}

type How = { readonly dryRun?: boolean; readonly look?: (method: string) => void };

async function part(drill: Drill, verb: Verb, { dryRun = false, look }: How = {}): Promise<Part> {
  const seen: { report?: OwnerReport } = {};
  const work = async (ports: Ports): Promise<void> => {
    seen.report = await VERBS[verb]({ ownerId: OWNER, dryRun }, ports, drill.context());
  };
  const calls = await callsOf(drill, verb, work, look);
  return { report: seen.report, calls };
}

/** Both calendars came to the same. */
function mustCome(drill: Drill, report: OwnerReport | undefined, wanted: string, text: string): void {
  const outcomes = report?.items.map(({ outcome, detail = "" }) => `${outcome} ${detail}`.trim()) ?? [];
  const isSo = outcomes.length === 2 && report?.seen === 2 && outcomes.every((outcome) => outcome === wanted);
  drill.must(isSo, `${text}: ${outcomes.join(", ")}, wanted ${wanted}`);
}

function mustBe(drill: Drill, owned: readonly Pupil[], state: string, text: string): void {
  for (const { calendarId, calendar } of owned)
    drill.must(calendar.state === state, `${calendarId} is ${calendar.state}: ${text}`);
}

/** Of an owner of whom nothing is said: an active one. */
function textOf(owner: OwnerReport["owner"] | Owner | undefined): string {
  return `${owner?.state ?? "active"} since ${owner?.since}`;
}

function recordOf({ simulation }: Drill): Owner | undefined {
  return simulation.world.owners.records.get(OWNER);
}

function writesIn(calls: readonly string[]): number {
  return calls.filter((call) => !["ownerRecords.owner", "calendars.list", "calendars.load"].includes(call)).length;
}
