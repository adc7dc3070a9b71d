/** A download is broken off at each call of who asks for it and of who makes it; and others ask, plan and end it at the same moment. */
import { Download } from "../../lib/contract/download.ts";
import { SnapshotEvent } from "../../lib/contract/snapshot.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import type { DownloadTask } from "../../lib/contract/task.ts";
import { sourceKey } from "../../lib/core/downloads.ts";
import { sheetWriter } from "../../lib/sheets/sheet-writer.ts";
import { endDownload } from "../../lib/sync/end-download.ts";
import { cancelDownload } from "../../lib/sync/fetch-download.ts";
import { makeDownload } from "../../lib/sync/make-download.ts";
import { replayLetter } from "../../lib/sync/replay-letter.ts";
import { sampleEvents } from "../sync/sources.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import type { Ports } from "./desk.ts";
import { Asked, firstDayOf } from "./drill-downloads.ts";
import type { Drill, Pupil } from "./drill.ts";
import type { Process } from "./simulation.ts";
import { PART } from "./workers.ts";

const DAY_MS = 86_400_000;
const FIRST_END_MS = Date.parse("2041-01-01T00:00:00Z");
/** Requests for the same bytes at once that are tried. */
const TRIES = 5;

/** Windows of which no two are the same. */
class Windows {
  private count = 0;

  next(): string {
    this.count += 1;
    return this.last();
  }

  last(): string {
    return new Date(FIRST_END_MS + this.count * DAY_MS).toISOString().slice(0, 10);
  }
}

type Scene = { readonly drill: Drill; readonly asked: Asked; readonly windows: Windows; readonly pupil: Pupil };

export async function drillDownloadFaults(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const scene = { drill, asked: new Asked(drill), windows: new Windows(), pupil };
  await grow(drill, pupil);
  await breakOff(scene, isAsker);
  await breakOff(scene, isMaker);
}

export async function drillDownloadRaces(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const scene = { drill, asked: new Asked(drill), windows: new Windows(), pupil };
  await grow(drill, pupil);
  await drillTwoRequests(scene);
  await drillManyRequests(scene);
  await drillTwoPlans(scene);
  await drillLatePlans(scene);
  await drillEnds(scene);
  await drillTooLarge(scene);
}

/** Another version, with enough for a few parts. */
async function grow(drill: Drill, pupil: Pupil): Promise<void> {
  pupil.source.events = [...pupil.source.events, ...sampleEvents(3, "Title 8", `more${pupil.calendarId}-`)];
  await drill.sync(pupil);
}

async function breakOff({ drill, asked, pupil, windows }: Scene, whose: (process: Process) => boolean): Promise<void> {
  const { world, desk } = drill.simulation;
  await breakOffEverywhere(drill, {
    name: "a download",
    before: async () => void windows.next(),
    work: async (ports) => await asked.requestBy(ports, { calendarId: pupil.calendarId, to: windows.last() }),
    whose,
    ways: ["error-after", "duplicate", "crash-after"],
    after: (where) => {
      drill.must(asked.state === "ready", `${asked.downloadId} is ${asked.state}: ${where}`);
      const told = world.told.filter((message) => "downloadId" in message && message.downloadId === asked.downloadId);
      drill.must(told.length > 0 && told.every(({ kind }) => kind === "download.finished"), `nobody was told: ${where}`);
      const left = [...desk.downloadBook.records.values()].find(({ state }) => state !== "ready");
      drill.must(left === undefined, `${left?.downloadId} is ${left?.state}: ${where}`);
    },
  });
}

function isAsker({ name }: Process): boolean {
  return name.startsWith("a download") && name.endsWith("(drill)");
}

function isMaker({ task }: Process): boolean {
  return task?.kind === "download";
}

async function drillTwoRequests({ drill, asked, pupil: { calendarId }, windows }: Scene): Promise<void> {
  const other = new Asked(drill);
  const of = { calendarId, to: windows.next() };
  const rival = { name: "ask as well", work: async (ports: Ports): Promise<void> => await other.requestBy(ports, of) };
  await interpose(drill, { at: "downloadBook.claim", rival }, async () => await asked.request(of));
  drill.must(asked.shared && asked.downloadId === other.downloadId, "two who asked at once got two downloads");
  const same = [...drill.simulation.desk.downloadBook.records.values()].filter(({ to }) => to?.startsWith(of.to) === true);
  drill.must(same.length === 1, `${same.length} downloads of the same bytes are kept`);
}

/** Somebody else is sooner each time, and what they hold is gone again. */
async function drillManyRequests({ drill, asked, pupil: { calendarId }, windows }: Scene): Promise<void> {
  const { holders } = drill.simulation.desk.downloadBook;
  let times = 0;
  let creations = 0;
  let answer = "nothing";
  const known = new Set(holders.keys());
  await drill.planned(
    (_process, method) => {
      if (method === "downloadBook.create") creations += 1;
      if (method !== "downloadBook.claim") return undefined;
      times += 1;
      const work = async (): Promise<void> => {
        for (const download of drill.simulation.desk.downloadBook.records.values())
          if (!known.has(download.fingerprint)) holders.set(download.fingerprint, `nobody ${times}`);
      };
      return { name: "claim it", work };
    },
    async () =>
      await drill.ask("ask among many", async (ports) => {
        await asked.requestBy(ports, { calendarId, to: windows.next() }).catch((error: unknown) => {
          answer = String(error);
        });
      }),
  );
  const made = [...drill.simulation.desk.downloadBook.records.values()].filter(({ to }) => to?.startsWith(windows.last()));
  drill.must(made.length === 1 && creations === 1, `who lost ${times} claims made ${creations} downloads`);
  drill.must(times === TRIES && answer.includes(`came ${TRIES} times at once`), `after ${times} lost claims: ${answer}`);
}

/** Two plans that read two versions: the download is made of one of them. */
async function drillTwoPlans({ drill, asked, pupil, windows }: Scene): Promise<void> {
  const { calendarId, checkpoint } = pupil;
  const { snapshots, world } = drill.simulation;
  const before = checkpoint.calendarVersion - 1;
  const snapshotKey = snapshots.get(`${calendarId} ${before}`);
  if (snapshotKey === undefined) throw new Error(`${calendarId} has no version ${before} to plan`);
  const rival = {
    name: "plan an older version",
    work: async (ports: Ports): Promise<void> => {
      world.calendars.checkpoints.set(calendarId, { ...checkpoint, snapshotKey, calendarVersion: before });
      const end = await makeDownload(newestTask(drill, 0), ports, contextOf(drill));
      drill.must(end.status === "planned", "a second plan was not taken");
      world.calendars.checkpoints.set(calendarId, checkpoint);
    },
  };
  await interpose(drill, { at: "downloadBook.move", whose: isMaker, rival }, async () => {
    await asked.request({ calendarId, to: windows.next() });
  });
  const { state, subjectVersion } = asked.download ?? {};
  drill.must(state === "ready" && subjectVersion === String(before), `two plans made ${state} of version ${subjectVersion}`);
}

/** It failed before its plan is written, told or not: who planned leaves no end that nobody tells, and tells none twice. */
async function drillLatePlans({ drill, asked, pupil: { calendarId }, windows }: Scene): Promise<void> {
  const { desk, world } = drill.simulation;
  const failure = { code: "download-too-large", reason: "somebody else found it too large" } as const;
  const now = world.clock.now;
  const ends = {
    "and told it": async (id: string, ports: Ports): Promise<void> => await endDownload(id, failure, ports, now()),
    "and died": async (id: string, { downloadBook }: Ports): Promise<void> => {
      const change = { ...failure, state: "failed", endedAt: now().toISOString(), isUntold: true } as const;
      await downloadBook.move(id, ["queued"], change);
    },
  };
  for (const [how, end] of Object.entries(ends)) {
    const work = async (ports: Ports): Promise<void> => await end(newestTask(drill, 0).downloadId, ports);
    const mustTell = async (): Promise<void> =>
      await drill.planned(
        ({ task }, method) => {
          const isLeft = task?.kind === "download" && method === "queue.acknowledge";
          const isUntold = isLeft && desk.downloadBook.records.get(task.downloadId)?.isUntold === true;
          drill.must(!isUntold, `somebody else failed it ${how}, and its plan ended without a word`);
          return undefined;
        },
        async () => await asked.request({ calendarId, to: windows.next() }),
      );
    await interpose(drill, { at: "downloadBook.move", whose: isMaker, rival: { name: "fail it", work } }, mustTell);
    const told = world.told.filter((message) => "downloadId" in message && message.downloadId === asked.downloadId);
    drill.must(asked.state === "failed", `a late plan left it ${asked.state}, which somebody else had failed ${how}`);
    drill.must(told.length === 1, `somebody else failed it ${how}: that was told ${told.length} times`);
  }
}

/** It fails, is cancelled or is joined while somebody joins it. */
async function drillEnds({ drill, asked, pupil, windows }: Scene): Promise<void> {
  const { calendarId } = pupil;
  const failure = { code: "aws-unavailable", reason: "an object could not be read" } as const;
  const now = drill.simulation.world.clock.now;
  const rivals = [
    { wanted: "ready", work: async (id: string, ports: Ports) => await endDownload(id, failure, ports, now()) },
    {
      wanted: "cancelled",
      work: async (id: string, { downloadBook }: Ports) => void (await cancelDownload(id, downloadBook, now())),
    },
    {
      wanted: "ready",
      work: async (_id: string, ports: Ports) => void (await makeDownload(newestTask(drill, 1), ports, contextOf(drill))),
    },
    { wanted: "gone", work: async (id: string, { downloadBook }: Ports) => await downloadBook.remove(id) },
  ] as const;
  // Of one part there is one who joins.
  const day = firstDayOf(pupil.source);
  for (const [index, { wanted, work }] of rivals.entries()) {
    const rival = {
      name: "end it",
      work: async (ports: Ports): Promise<void> => await work(newestTask(drill, 1).downloadId, ports),
    };
    await interpose(drill, { at: "downloadObjects.putFile", whose: isMaker, rival }, async () => {
      await asked.request({ calendarId, from: `${day}T00:00:00Z`, to: `${day}T23:59:0${index}Z` });
    });
    const seen = asked.download?.state ?? "gone";
    drill.must(
      seen === wanted && asked.download?.code === undefined,
      `an end in the midst of its join left it ${seen}, wanted ${wanted}`,
    );
  }
  await drillParts(drill, asked, calendarId, windows.next());
  await drillFailureTwice(drill, asked, calendarId, windows.next());
  await drill.ask("fail what is ready", async (ports) => {
    const { downloadId = "none" } =
      [...drill.simulation.desk.downloadBook.records.values()].find(({ state }) => state === "ready") ?? {};
    const { records } = drill.simulation.desk.downloadBook;
    const ready = records.get(downloadId);
    const { length } = drill.simulation.world.told;
    if (ready !== undefined) records.set(downloadId, { ...ready, isUntold: true });
    for (const times of ["once", "twice"]) {
      await endDownload(downloadId, failure, ports, now());
      const told = drill.simulation.world.told.length - length;
      drill.must(records.get(downloadId)?.state === "ready", "what was ready failed");
      drill.must(told === 1, `an end that nobody had told, and that was to fail ${times}, was told ${told} times`);
    }
    if (ready !== undefined) records.set(downloadId, ready);
  });
}

/** The write of its failure is sent twice, and people hear of it all the same. */
async function drillFailureTwice(drill: Drill, asked: Asked, calendarId: string, to: string): Promise<void> {
  await drill.planned(
    ({ task, done }, method) => {
      if (task?.kind !== "download") return undefined;
      if (method === "downloadObjects.putPart") return "error-before";
      return method === "downloadBook.move" && done.includes("queue.giveUp") ? "duplicate" : undefined;
    },
    async () => await asked.request({ calendarId, to }),
  );
  drill.must(asked.state === "failed", `a download of which no part can be stored is ${asked.state}`);
  const letters = drill.simulation.desk.lettersIn(["open"]).filter(({ downloadId }) => downloadId === asked.downloadId);
  drill.must(letters.length > 0, "a part that failed has no letter");
  for (const { letterId } of letters)
    await drill.ask("replay", async (ports) => await replayLetter(letterId, ports, drill.context()));
  drill.must(asked.state === "ready", `it is ${asked.state} after its replays`);
}

/** A part that there is not, and one whose download went while it was made. */
async function drillParts(drill: Drill, asked: Asked, calendarId: string, to: string): Promise<void> {
  await asked.request({ calendarId, to });
  let end: string | undefined;
  await drill.ask("make part 99", async (ports) => {
    const running = { ...drill.simulation.desk.downloadBook.records.get(asked.downloadId), state: "running" } as const;
    const downloadBook = { load: async () => ({ download: Download.parse(running), parts: [] }), move: no, putPart: no };
    const made = await makeDownload(newestTask(drill, 99), { ...ports, downloadBook }, contextOf(drill));
    end = made.status;
  });
  drill.must(end === "gone", `a part that there is not ended ${end ?? drill.refused}`);
  await drillLeftPlan(drill, asked);
  const rival = {
    name: "remove it",
    work: async ({ downloadBook }: Ports): Promise<void> => await downloadBook.remove(newestTask(drill, 1).downloadId),
  };
  await interpose(drill, { at: "downloadBook.putPart", whose: isMaker, rival }, async () => {
    await asked.request({ calendarId, to: `${to}T01:00:00Z` });
  });
  drill.must(asked.download === undefined, "what was removed is there again");
}

/** A plan that died before it said that all was sent: just what is missing is sent again. */
async function drillLeftPlan(drill: Drill, { downloadId, download }: Asked): Promise<void> {
  const { records, parts } = drill.simulation.desk.downloadBook;
  if (download === undefined) return;
  const { isSent: _sent, endedAt: _ended, fileKey: _key, ...rest } = download;
  records.set(downloadId, { ...rest, state: "running" });
  parts.set(downloadId, (parts.get(downloadId) ?? []).slice(1));
  await drill.ask("plan it again", async ({ downloads }) => await downloads.sendDownloads([newestTask(drill, 0)], 0));
  drill.must(records.get(downloadId)?.state === "ready", "a plan that was left was not finished");
}

async function no(): Promise<never> {
  throw new Error("a part that there is not wrote something");
}

/** What is too large for one file is said so, to whoever asked, and no part of it is tried again. */
async function drillTooLarge(scene: Scene): Promise<void> {
  const { drill, asked, pupil } = scene;
  const { desk, world } = drill.simulation;
  const { calendarId, checkpoint } = pupil;
  const tooLarge = (what: string): void => {
    const { state, code } = asked.download ?? {};
    drill.must(state === "failed" && code === "download-too-large", `${what} is ${state}, ${code}`);
    drill.must(![...world.letters.stored.keys()].some((id) => id.includes(asked.downloadId)), `${what} became a letter`);
  };
  await whileMaking(scene, { at: "downloadObjects.getFrame", nth: 1, format: "csv" }, () => undefined);
  drill.must(asked.state === "ready", `what fits is ${asked.state}`);
  await whileMaking(scene, { at: "downloadBook.putPart", nth: 2, format: "csv" }, (id) => {
    const parts = desk.downloadBook.parts.get(id) ?? [];
    desk.downloadBook.parts.set(id, [...parts, { version: 1, part: 9, bytes: 1, rows: 400_001 }]);
  });
  tooLarge("a file of too many rows");
  await whileMaking(scene, { at: "downloadObjects.getSource", nth: 1, format: "csv" }, (id) => {
    const { stored } = desk.downloadObjects;
    const download = desk.downloadBook.records.get(id);
    const key = download === undefined ? "none" : sourceKey(download, 1);
    const source = JSON.parse(String(stored.get(key)));
    const text = String(source.events[0].text).replace("DURATION:PT30M", "DURATION:PT30M\nRRULE:FREQ=SECONDLY");
    // A hand, not a worker, for no worker may write it again.
    Map.prototype.set.call(
      stored,
      key,
      JSON.stringify({
        ...source,
        from: "2040-01-01T00:00:00Z",
        to: "2042-01-01T00:00:00Z",
        events: [{ ...source.events[0], text }],
      }),
    );
  });
  tooLarge("a part of too many rows");
  const heavy: Snapshot = JSON.parse(world.objects.text(checkpoint.snapshotKey ?? ""));
  const lines = heavy.events[0]?.text.split("\n") ?? [];
  const longer = [...lines.slice(0, -1), `X-LONG:${"X".repeat(24_000_001)}`, ...lines.slice(-1)].join("\n");
  const events = [SnapshotEvent.parse({ ...heavy.events[0], text: longer })];
  await world.objects.putSnapshot(`snapshots/${calendarId}/heavy`, { ...heavy, events });
  world.calendars.checkpoints.set(calendarId, {
    ...checkpoint,
    calendarVersion: 998,
    snapshotKey: `snapshots/${calendarId}/heavy`,
  });
  await asked.request({ calendarId, format: "ics" });
  tooLarge("a calendar of too many characters");
  await asked.request({ calendarId, format: "csv" });
  drill.must(asked.state === "ready", `the same as a sheet is ${asked.state}, which needs no tree of it`);
  const text = heavy.events[0]?.text.replace(/DTSTART:\d+/u, "DTSTART:20400101").replace("SUMMARY", "RRULE:FREQ=DAILY\nSUMMARY");
  await world.objects.putSnapshot(`snapshots/${calendarId}/long`, {
    ...heavy,
    events: [SnapshotEvent.parse({ ...heavy.events[0], text })],
  });
  world.calendars.checkpoints.set(calendarId, {
    ...checkpoint,
    calendarVersion: 999,
    snapshotKey: `snapshots/${calendarId}/long`,
  });
  await asked.request({ calendarId, format: "csv", to: "2044-06-01" });
  tooLarge("a download of more than 400 parts");
  world.calendars.checkpoints.set(calendarId, checkpoint);
}

type Moment = { readonly at: string; readonly nth: number; readonly format: string };

async function whileMaking(
  { drill, asked, pupil, windows }: Scene,
  { at, nth, format }: Moment,
  slip: (downloadId: string) => void,
): Promise<void> {
  const rival = { name: "a hand slips", work: async (): Promise<void> => slip(newestTask(drill, 1).downloadId) };
  await interpose(drill, { at, nth, whose: isMaker, rival }, async () => {
    await asked.request({ calendarId: pupil.calendarId, to: windows.next(), format });
  });
}

function newestTask({ simulation }: Drill, part: number): DownloadTask {
  const downloadId = [...simulation.desk.downloadBook.records.keys()].at(-1) ?? "none";
  return { version: 1, kind: "download", taskId: `rival~${downloadId}`, downloadId, part, reason: "requested" };
}

function contextOf({ simulation }: Drill): Parameters<typeof makeDownload>[2] {
  return { now: simulation.world.clock.now, writer: sheetWriter, size: PART };
}
