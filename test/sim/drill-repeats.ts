/** Repeats of downloads: each has its schedule while it stands, and what they call for is asked for once. */
import { RepeatDraft } from "../../lib/contract/repeat.ts";
import type { RepeatView } from "../../lib/contract/repeat.ts";
import { createRepeat, listRepeats, removeRepeat, takeRepeat } from "../../lib/sync/repeat-download.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import type { Ports } from "./desk.ts";
import type { Drill, Pupil } from "./drill.ts";

const MONDAYS = { cron: "0 7 * * 1", zone: "Asia/Seoul" };

export async function drillRepeats(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const { repeats } = drill.simulation.desk;
  watchOrder(drill);
  await breakOffEverywhere(drill, {
    name: "make a repeat",
    before: async () => {
      for (const repeatId of repeats.stored.keys())
        await drill.ask("remove a repeat", async (ports) => await removeRepeat(repeatId, ports));
    },
    work: async (ports) => {
      const { every } = await createRepeat(draftOf(pupil), ports, drill.context());
      drill.must(every.cron === MONDAYS.cron, `a repeat at ${MONDAYS.cron} was made at ${every.cron}`);
    },
    after: (where) => {
      drill.must(repeats.stored.size > 0, `a repeat was asked for and is not there: ${where}`);
      for (const { ownerId, repeatId } of repeats.stored.values())
        drill.must(repeats.standing.has(`${ownerId}.${repeatId}`), `nobody calls ${repeatId}: ${where}`);
    },
  });
  await drillEarlyCall(drill, pupil);
  await drillViews(drill, pupil);
  await drillCalls(drill, pupil);
  await drillRemoval(drill, pupil);
}

function draftOf({ calendarId }: Pupil): RepeatDraft {
  return RepeatDraft.parse({ calendarId, format: "csv", days: 30, every: MONDAYS });
}

/** A schedule without a record drops itself when it calls; a record without one is never called, and can be removed again. */
function watchOrder({ simulation }: Drill): void {
  const { repeats } = simulation.desk;
  const [keep, put, remove] = [repeats.keep.bind(repeats), repeats.put.bind(repeats), repeats.remove.bind(repeats)];
  // One that called meanwhile has dropped itself.
  const kept = new Set<string>();
  repeats.keep = async (repeat) => {
    kept.add(repeat.repeatId);
    await keep(repeat);
  };
  repeats.put = async (repeat) => {
    if (!kept.has(repeat.repeatId)) simulation.violate(`repeat ${repeat.repeatId} is there before anything calls it`);
    await put(repeat);
  };
  repeats.remove = async (repeatId) => {
    const { ownerId } = repeats.stored.get(repeatId) ?? {};
    if (repeats.standing.has(`${ownerId}.${repeatId}`)) simulation.violate(`repeat ${repeatId} is gone and still called`);
    await remove(repeatId);
  };
}

/** Its schedule calls before its record is there, and drops itself: it is called all the same. */
async function drillEarlyCall(drill: Drill, pupil: Pupil): Promise<void> {
  const { repeats } = drill.simulation.desk;
  const { ownerId } = pupil.calendar;
  const known = new Set(repeats.standing);
  const work = async (ports: Ports): Promise<void> => {
    for (const name of repeats.standing) {
      if (known.has(name)) continue;
      const call = { repeatId: name.slice(ownerId.length + 1), ownerId, dueAt: drill.at };
      const answer = await takeRepeat(call, ports, drill.context());
      drill.must(answer === "gone", `a call for a repeat that has no record yet was ${answer}`);
    }
  };
  let made = "none";
  await interpose(drill, { at: "repeats.put", rival: { name: "call early", work } }, async () => {
    ({ repeatId: made } = await make(drill, pupil));
  });
  const isCalled = repeats.stored.has(made) && repeats.standing.has(`${ownerId}.${made}`);
  drill.must(isCalled, `repeat ${made}, whose schedule called early, is never called`);
}

/** When each is asked for next; nobody sees another's. */
async function drillViews(drill: Drill, pupil: Pupil): Promise<void> {
  const { repeats } = drill.simulation.desk;
  const made = await make(drill, pupil);
  const page = { limit: 100, cursor: undefined };
  const now = drill.simulation.world.clock.now();
  const own = await listRepeats(pupil.calendar.ownerId, page, repeats, now);
  const next = own.items.find(({ repeatId }) => repeatId === made.repeatId)?.nextAt ?? "";
  const isMonday = new Date(Date.parse(next) + 9 * 3_600_000).getUTCDay() === 1 && next.endsWith("T22:00:00.000Z");
  drill.must(isMonday && Date.parse(next) > now.getTime(), `a repeat of Mondays at seven in Seoul is asked for next at ${next}`);
  const never = RepeatDraft.parse({ ...draftOf(pupil), every: { cron: "0 7 31 2 *" } });
  await drill.ask("make one that never comes", async (ports) => await createRepeat(never, ports, drill.context()));
  drill.must(drill.refused === "schedule-invalid", `a repeat on 31 February was refused as ${drill.refused}`);
  const others = await listRepeats("somebody else", page, repeats, now);
  drill.must(others.items.length === 0, "a stranger sees a repeat");
  const stranger = { ...drill.context(), callerId: "somebody else" };
  await drill.ask("make another's", async (ports) => await createRepeat(draftOf(pupil), ports, stranger));
  drill.must(drill.refused === "calendar-unknown", `a repeat of another's calendar was refused as ${drill.refused}`);
}

async function make(drill: Drill, pupil: Pupil): Promise<RepeatView> {
  const made: RepeatView[] = [];
  await drill.ask("make a repeat", async (ports) => {
    made.push(await createRepeat(draftOf(pupil), ports, drill.context()));
  });
  const [first] = made;
  if (first === undefined) throw new Error(`no repeat was made: ${drill.refused}`);
  return first;
}

/** A call that comes twice shares one download; one of what is gone ends its schedule. */
async function drillCalls(drill: Drill, pupil: Pupil): Promise<void> {
  const { simulation } = drill;
  const { repeats, downloadBook } = simulation.desk;
  const { repeatId, ownerId } = await make(drill, pupil);
  const take = async (id: string): Promise<string> => {
    const answers: string[] = [];
    await drill.ask("a repeat's call", async (ports) => {
      const call = { repeatId: id, ownerId, dueAt: new Date(simulation.nowMs).toISOString() };
      answers.push(await takeRepeat(call, ports, drill.context()));
    });
    return answers.join(", ") || `${drill.refused}`;
  };
  const size = downloadBook.records.size;
  const [first, again] = [await take(repeatId), await take(repeatId)];
  drill.must(first === "requested" && again === "shared", `a call that came twice was ${first}, then ${again}`);
  drill.must(downloadBook.records.size === size + 1, "a call that came twice made two downloads");
  const made = [...downloadBook.records.values()].at(-1);
  drill.must(made?.repeatId === repeatId && made.state === "ready", `a repeat's download is ${made?.state}`);
  repeats.standing.add(`${ownerId}.nothing`);
  const gone = await take("nothing");
  drill.must(gone === "gone" && !repeats.standing.has(`${ownerId}.nothing`), `the call of a repeat that is gone was ${gone}`);
  await drillSubjects(drill, repeatId, ownerId, take);
}

/** What its subject keeps back it asks for again; one whose subject is gone goes with it, a feed's as well as a calendar's. */
async function drillSubjects(
  drill: Drill,
  repeatId: string,
  ownerId: string,
  take: (repeatId: string) => Promise<string>,
): Promise<void> {
  const { repeats } = drill.simulation.desk;
  const { feeds } = drill.simulation.world;
  const repeat = repeats.stored.get(repeatId);
  const [feedId = "none"] = feeds.metas.keys();
  if (repeat === undefined) throw new Error(`repeat ${repeatId} is gone in the midst of a drill`);
  const rows = [
    { subject: { kind: "feed", id: feedId }, wanted: "requested" },
    { subject: { kind: "feed", id: "nobody's" }, wanted: "gone" },
    { subject: { kind: "calendar", id: "nobody's" }, wanted: "gone" },
  ] as const;
  for (const { subject, wanted } of rows) {
    repeats.stored.set(repeatId, { ...repeat, subject });
    repeats.standing.add(`${ownerId}.${repeatId}`);
    const seen = await take(repeatId);
    const isThere = repeats.stored.has(repeatId) && repeats.standing.has(`${ownerId}.${repeatId}`);
    drill.must(seen === wanted && isThere === (wanted !== "gone"), `the call for ${subject.kind} ${subject.id} was ${seen}`);
  }
  const build = feeds.builds.get(feedId);
  if (build === undefined) return;
  feeds.builds.set(feedId, { ...build, etag: undefined, objectKey: undefined });
  repeats.stored.set(repeatId, { ...repeat, subject: { kind: "feed", id: feedId } });
  const unbuilt = await take(repeatId);
  drill.must(
    unbuilt === "feed-unbuilt" && repeats.stored.has(repeatId),
    `a repeat of a feed that is not built yet was ${unbuilt}`,
  );
  feeds.builds.set(feedId, build);
}

async function drillRemoval(drill: Drill, pupil: Pupil): Promise<void> {
  const { repeats } = drill.simulation.desk;
  let repeatId = "none";
  await breakOffEverywhere(drill, {
    name: "end a repeat",
    before: async () => {
      ({ repeatId } = await make(drill, pupil));
    },
    work: async (ports) => await removeRepeat(repeatId, ports),
    after: (where) => {
      const isStanding = repeats.standing.has(`${pupil.calendar.ownerId}.${repeatId}`);
      drill.must(!repeats.stored.has(repeatId) && !isStanding, `repeat ${repeatId} is still there: ${where}`);
    },
  });
  await drill.ask("end it again", async (ports) => await removeRepeat(repeatId, ports));
  drill.must(drill.refused === "repeat-unknown", `a repeat that is gone was ended again: ${drill.refused}`);
}
