/** Apps' own names of calendars: one calendar of an owner for one name, whoever wants it at the same moment and whatever was left by a crash. */
import { CalendarDraft, CalendarPatch } from "../../lib/contract/calendar.ts";
import { changeCalendar } from "../../lib/sync/change-calendar.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { breakOffEverywhere } from "./broken-off.ts";
import { callsAmidst, callsOf } from "./calls.ts";
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";

const OWNER = "namer";
const OTHER = "another";
/** A claim whose calendar is still not there was left by a crash. */
const UNDER_WAY_MS = 120_000;
/** So many losses in a row, and its asker is told to come again. */
const TRIES = 4;

export async function drillNames(drill: Drill): Promise<void> {
  await ofOneCalendar(drill);
  await leftByCrash(drill);
  await leftByHand(drill);
  await wantedByTwo(drill);
  await renamed(drill);
  await brokenOff(drill);
  await removeAll(drill);
}

async function ofOneCalendar(drill: Drill): Promise<void> {
  const first = await make(drill, "room-1");
  drill.must(holderOf(drill, "room-1") === first, "a name was given and not claimed");
  // Long after nobody can take it for a claim under way.
  drill.simulation.skip(UNDER_WAY_MS * 2);
  await mustBeTaken(drill, "room-1", "a name that a calendar has");
  const others = await make(drill, "room-1", OTHER);
  drill.must(others !== undefined, `another owner may not call a calendar so: ${drill.refused}`);
  await drill.ask("remove", async (ports) => await removeCalendar(first ?? "", ports, drill.simulation.world.newId));
  drill.must((await make(drill, "room-1")) !== undefined, `the name of what is gone is not free: ${drill.refused}`);
}

/** Its maker may still be about to write the calendar, for so long and no longer. */
async function leftByCrash(drill: Drill): Promise<void> {
  claimFor(drill, "room-2", "never-made", UNDER_WAY_MS - 1);
  await mustBeTaken(drill, "room-2", "a name that is being given");
  claimFor(drill, "room-2", "never-made", UNDER_WAY_MS);
  drill.must((await make(drill, "room-2")) !== undefined, `a name that a crash left is not free: ${drill.refused}`);
}

/** A claim is a hint: the calendar itself says whether it has the name. */
async function leftByHand(drill: Drill): Promise<void> {
  const { calendars } = drill.simulation.world;
  const otherwise = await make(drill, "room-3");
  claimFor(drill, "room-4", otherwise, UNDER_WAY_MS);
  drill.must(
    (await make(drill, "room-4")) !== undefined,
    `the name of one that is called otherwise is not free: ${drill.refused}`,
  );
  const foreign = await make(drill, "room-5", OTHER);
  claimFor(drill, "room-5", foreign, UNDER_WAY_MS);
  drill.must((await make(drill, "room-5")) !== undefined, `the name of another owner's is not free: ${drill.refused}`);
  const half = await make(drill, "room-6");
  await calendars.markRemoved(half ?? "");
  claimFor(drill, "room-6", half, UNDER_WAY_MS);
  drill.must((await make(drill, "room-6")) !== undefined, `the name of one that is being removed is not free: ${drill.refused}`);
  await drill.ask("remove the rest", async (ports) => await removeCalendar(half ?? "", ports, drill.simulation.world.newId));
}

/** Between the look and the claim. */
async function wantedByTwo(drill: Drill): Promise<void> {
  const { externalIds } = drill.simulation.world;
  const rival = async (ports: Ports): Promise<void> => void (await createCalendar(draftOf("room-7"), ports, drill.context()));
  await callsAmidst(
    drill,
    "create the second",
    async (ports) => await createCalendar(draftOf("room-7"), ports, drill.context()),
    {
      at: "externalIds.claim",
      work: rival,
    },
  );
  drill.must(drill.refused === "external-id-taken", `two calendars at once have one name: ${drill.refused}`);
  // The one that had it has gone meanwhile: the name is to be claimed all the same.
  claimFor(drill, "room-8", "never-made", UNDER_WAY_MS);
  const made: string[] = [];
  await callsAmidst(
    drill,
    "create after one that goes",
    async (ports) => void made.push((await createCalendar(draftOf("room-8"), ports, drill.context())).calendar.calendarId),
    { at: "externalIds.claim", work: async () => void (await Promise.resolve(externalIds.claims.delete(`${OWNER} room-8`))) },
  );
  drill.must(
    made.length === 1 && holderOf(drill, "room-8") === made[0],
    `a name that was let go of is ${holderOf(drill, "room-8")}'s`,
  );
  await lostAlways(drill);
}

/** Each time somebody else lets go of it and another takes it. */
async function lostAlways(drill: Drill): Promise<void> {
  const { externalIds } = drill.simulation.world;
  let seen = 0;
  await drill.planned(
    (process, method) => {
      if (process.name !== "create against all (drill)" || method !== "externalIds.claim") return undefined;
      seen += 1;
      claimFor(drill, "room-9", `never-made-${seen}`, UNDER_WAY_MS * 2 + seen);
      return undefined;
    },
    async () =>
      await drill.ask("create against all", async (ports) => await createCalendar(draftOf("room-9"), ports, drill.context())),
  );
  drill.must(drill.refused === "write-contended" && seen === TRIES, `after ${seen} losses its asker is told ${drill.refused}`);
  drill.must(
    ![...drill.simulation.world.calendars.metas.values()].some(({ externalId }) => externalId === "room-9"),
    "a calendar has a name that it did not get",
  );
  externalIds.claims.delete(`${OWNER} room-9`);
}

/** The old name is its own until the new one is written, and then nobody's. */
async function renamed(drill: Drill): Promise<void> {
  const calendarId = (await make(drill, "room-10")) ?? "";
  const rename = async (externalId: string | null): Promise<readonly string[]> =>
    await callsOf(
      drill,
      "rename",
      async (ports) => await change(drill, calendarId, externalId, ports),
      (method) => {
        if (method !== "editor.changeCalendar") return;
        const old = drill.simulation.world.calendars.metas.get(calendarId)?.externalId ?? "";
        drill.must(
          holderOf(drill, old) === calendarId || old === "",
          `${calendarId} is still called ${old}, and the name is ${holderOf(drill, old)}'s`,
        );
        drill.must(
          externalId === null || holderOf(drill, externalId) === calendarId,
          `${calendarId} is to be called ${externalId}, and the name is ${holderOf(drill, externalId ?? "")}'s`,
        );
      },
    );
  const names = (calls: readonly string[]): string => calls.filter((call) => call.startsWith("externalIds.")).join();
  drill.must(names(await rename("room-10")) === "", "the name that it has was claimed again");
  await rename("room-11");
  drill.must(holderOf(drill, "room-10") === undefined && holderOf(drill, "room-11") === calendarId, "a calendar has two names");
  drill.must(
    names(await rename(null)) === "externalIds.claimOf,externalIds.release",
    "a name was given back otherwise than by letting it go",
  );
  drill.must(holderOf(drill, "room-11") === undefined, "a name was given back and is still taken");
  drill.must(names(await rename(null)) === "", "a calendar without a name let go of one");
  const given = names(await rename("room-12"));
  drill.must(given === "externalIds.claimOf,externalIds.claim", `a first name cost ${given}`);
  drill.must(holderOf(drill, "room-12") === calendarId, "a name was given and not claimed");
}

/** The same patch again gives the name, however young the claim is that the first left. */
async function brokenOff(drill: Drill): Promise<void> {
  const calendarId = (await make(drill, "room-13")) ?? "";
  let name = "room-13";
  await breakOffEverywhere(drill, {
    name: "rename",
    before: async () => {
      name = name === "room-13" ? "room-14" : "room-13";
      await Promise.resolve();
    },
    work: async (ports) => await change(drill, calendarId, name, ports),
    after: (where) => {
      const { calendars } = drill.simulation.world;
      const isSo = calendars.metas.get(calendarId)?.externalId === name && holderOf(drill, name) === calendarId;
      drill.must(
        isSo && drill.refused === undefined,
        `${calendarId} is not called ${name}, was refused as ${drill.refused}: ${where}`,
      );
    },
  });
}

async function change({ simulation }: Drill, calendarId: string, externalId: string | null, ports: Ports): Promise<void> {
  const { clock, newId } = simulation.world;
  await changeCalendar(calendarId, CalendarPatch.parse({ externalId }), ports, { now: clock.now, newId });
}

async function mustBeTaken(drill: Drill, externalId: string, what: string): Promise<void> {
  const { metas, checkpoints } = drill.simulation.world.calendars;
  const before = metas.size + checkpoints.size;
  await make(drill, externalId);
  drill.must(drill.refused === "external-id-taken", `${what} was given again: ${drill.refused}`);
  drill.must(metas.size + checkpoints.size === before, `${what} was refused, and something was written`);
}

/** Undefined where it was refused. */
async function make(drill: Drill, externalId: string, ownerId = OWNER): Promise<string | undefined> {
  let made: string | undefined;
  await drill.ask(`create ${externalId}`, async (ports) => {
    made = (await createCalendar(draftOf(externalId, ownerId), ports, drill.context())).calendar.calendarId;
  });
  return made;
}

function draftOf(externalId: string, ownerId = OWNER): CalendarDraft {
  return CalendarDraft.parse({ ownerId, externalId, source: { kind: "push" } });
}

function claimFor({ simulation }: Drill, externalId: string, calendarId = "", agoMs = 0): void {
  const at = new Date(simulation.nowMs - agoMs).toISOString();
  const claim = { version: 1, ownerId: OWNER, externalId, calendarId, at } as const;
  simulation.world.externalIds.claims.set(`${OWNER} ${externalId}`, claim);
}

function holderOf({ simulation }: Drill, externalId: string): string | undefined {
  return simulation.world.externalIds.claims.get(`${OWNER} ${externalId}`)?.calendarId;
}

async function removeAll(drill: Drill): Promise<void> {
  const { calendars, externalIds, newId } = drill.simulation.world;
  const own = [...calendars.metas.values()].filter(({ ownerId }) => ownerId === OWNER || ownerId === OTHER);
  for (const { calendarId } of own) {
    await drill.ask("remove", async (ports) => await removeCalendar(calendarId, ports, newId));
  }
  drill.must(externalIds.claims.size === 0, `${[...externalIds.claims.keys()].join()} outlived their calendars`);
}
