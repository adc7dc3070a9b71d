/** Downloads are asked for, shared, made in parts, cancelled, failed, replayed and fetched; and broken off wherever that can be. */
import type { Download, DownloadSource } from "../../lib/contract/download.ts";
import { DownloadRequest } from "../../lib/contract/download.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import { sourceKey } from "../../lib/core/downloads.ts";
import { cancelDownload, downloadBytes, downloadUrl, listDownloads, showDownload } from "../../lib/sync/fetch-download.ts";
import { replayLetter } from "../../lib/sync/replay-letter.ts";
import { requestDownload } from "../../lib/sync/request-download.ts";
import { calendarText, sampleEvents } from "../sync/sources.ts";
import type { Source } from "../sync/sources.ts";
import { interpose } from "./broken-off.ts";
import type { Ports } from "./desk.ts";
import type { Drill, Pupil } from "./drill.ts";
import type { Process } from "./simulation.ts";

const YEAR = { from: "2040-01-01", to: "2041-01-01" };
const HOUR_MS = 3_600_000;
/** As the worker has it. */
const RECEIVES = 5;

/** What was asked for last. */
export class Asked {
  private readonly drill: Drill;
  downloadId = "none";
  shared = false;

  constructor(drill: Drill) {
    this.drill = drill;
  }

  get download(): Download | undefined {
    return this.drill.simulation.desk.downloadBook.records.get(this.downloadId);
  }

  get state(): string | undefined {
    return this.download?.state;
  }

  /** Asks, and has it made. */
  async request(of: object, callerId?: string): Promise<void> {
    await this.drill.ask("request a download", async (ports) => await this.requestBy(ports, of, callerId));
  }

  /** Asks. */
  async requestBy(ports: Ports, of: object, callerId?: string): Promise<void> {
    const request = DownloadRequest.parse({ ...YEAR, format: "csv", ...of });
    const asked = await requestDownload(request, ports, { ...this.drill.context(), callerId });
    this.drill.answers.requested(asked);
    this.downloadId = asked.download.downloadId;
    this.shared = asked.shared;
  }
}

export async function drillDownloads(drill: Drill): Promise<void> {
  const [pupil, other] = drill.pupilsApart();
  const asked = new Asked(drill);
  for (const format of ["csv", "json", "ics", "xlsx"]) {
    await asked.request({ calendarId: pupil.calendarId, format });
    drill.must(asked.state === "ready" && !asked.shared, `a download as ${format} is ${asked.state}, shared: ${asked.shared}`);
    if (format !== "ics") mustBeAsStored(drill, asked, pupil);
  }
  await drillCalls(drill, asked, pupil.calendarId);
  await drillSmall(drill, asked, pupil);
  await drillShares(drill, asked, pupil);
  await drillRefusals(drill, asked, pupil);
  await drillFeed(drill, asked);
  await drillOneWay(drill, asked, other);
}

/** A sheet is made of the very events that are stored, not of what a feed would make of them. */
function mustBeAsStored(drill: Drill, { download }: Asked, { checkpoint }: Pupil): void {
  if (download === undefined) return drill.must(false, "a download is gone");
  const { desk, world } = drill.simulation;
  const snapshot: Snapshot = JSON.parse(world.objects.text(checkpoint.snapshotKey ?? ""));
  const stored = new Set(snapshot.events.map(({ text }) => text));
  for (let part = 1; part <= (download.parts ?? 0); part += 1) {
    const source: DownloadSource = JSON.parse(String(desk.downloadObjects.stored.get(sourceKey(download, part))));
    const other = source.events.find(({ text }) => !stored.has(text));
    drill.must(other === undefined, `part ${part} of a ${download.format} is made of another ${other?.uid} than is stored`);
  }
}

/** A new request writes what is needed for it, one that is shared nothing. */
async function drillCalls(drill: Drill, asked: Asked, calendarId: string): Promise<void> {
  const calls: string[] = [];
  const request = async (): Promise<string> => {
    calls.length = 0;
    await drill.planned(
      ({ name }, method) => {
        if (name.startsWith("request")) calls.push(method.replace(/^\w+\./u, ""));
        return undefined;
      },
      async () => await asked.request({ calendarId, columns: ["allDay"] }),
    );
    return calls.join(" ");
  };
  const [first, again] = [await request(), await request()];
  drill.must(first === "load holderOf sendDownloads create claim sendDownloads", `a new request called ${first}`);
  drill.must(again === "load holderOf load", `a shared request called ${again}`);
}

/** A calendar that nobody ever wrote has a download, an empty one; few rows are one part. */
async function drillSmall(drill: Drill, asked: Asked, { calendarId, source }: Pupil): Promise<void> {
  const [pushed = "none"] = drill.weather.pushCalendars;
  for (const format of ["csv", "ics"]) {
    await asked.request({ calendarId: pushed, format });
    const { state, rows } = asked.download ?? {};
    drill.must(state === "ready" && rows === 0, `a download of nothing as ${format} is ${state} with ${rows} rows`);
  }
  const start = firstDayOf(source);
  const to = new Date(Date.parse(start) + 86_400_000).toISOString().slice(0, 10);
  let sent = 0;
  await drill.planned(
    ({ task }, method) => {
      if (task?.kind === "download" && method === "downloads.sendDownloads") sent += 1;
      return undefined;
    },
    async () => await asked.request({ calendarId, from: start, to }),
  );
  drill.must(sent === 0, `the one part of a download was sent for ${sent} times by who makes it at once`);
  const { state, parts } = asked.download ?? {};
  drill.must(state === "ready" && parts === 1, `a download of a day is ${state} with ${parts} parts`);
}

/** The day of its first event, UTC: `2040-01-05`. */
export function firstDayOf({ events }: Source): string {
  return /DTSTART:(\d{4})(\d{2})(\d{2})T/u.exec(calendarText(events))?.slice(1).join("-") ?? "";
}

/** The same bytes are made once, while they can be fetched for an hour yet. */
async function drillShares(drill: Drill, asked: Asked, { calendarId, source }: Pupil): Promise<void> {
  await asked.request({ calendarId });
  const { downloadId } = asked;
  drill.must(asked.shared, "what is ready was not shared");
  await asked.request({ calendarId, columns: ["title"] });
  drill.must(!asked.shared, "other columns were shared");
  const { keptUntil = "" } = drill.simulation.desk.downloadBook.records.get(downloadId) ?? {};
  drill.simulation.skip(Date.parse(keptUntil) - HOUR_MS - drill.simulation.nowMs - 1);
  await asked.request({ calendarId });
  drill.must(asked.shared && asked.downloadId === downloadId, "what can be fetched for an hour yet was not shared");
  drill.simulation.skip(Date.parse(keptUntil) - HOUR_MS - drill.simulation.nowMs);
  await asked.request({ calendarId });
  drill.must(!asked.shared && asked.state === "ready", "what can be fetched for less than an hour was shared");
  source.events = [...source.events, ...sampleEvents(1, "Title 7", `share${calendarId}-`)];
  drill.weather.operators.syncNow(calendarId);
  await drill.course.drain();
  await asked.request({ calendarId });
  drill.must(!asked.shared, "an older version was shared");
}

async function drillRefusals(drill: Drill, asked: Asked, { calendarId, calendar }: Pupil): Promise<void> {
  const [feedId] = drill.simulation.world.feeds.metas.keys();
  const refusals = [
    [{ calendarId: "nobody" }, undefined, "calendar-unknown"],
    [{ feedId: "nobody" }, undefined, "feed-unknown"],
    [{ calendarId }, "somebody else", "calendar-unknown"],
    [{ feedId }, "somebody else", "feed-unknown"],
    [{ calendarId, from: "2041-01-01", to: "2040-01-01" }, undefined, "window-invalid"],
  ] as const;
  for (const [of, callerId, code] of refusals) {
    await asked.request(of, callerId);
    drill.must(drill.refused === code, `a download of ${JSON.stringify(of)} was refused as ${drill.refused}, wanted ${code}`);
  }
  await asked.request({ calendarId, format: "csv", zone: "Asia/Seoul" }, calendar.ownerId);
  drill.must(drill.refused === undefined, `an owner was refused a download of its own: ${drill.refused}`);
}

/** A feed that was never built has nothing to give; one that is gone when its file is made says so. */
async function drillFeed(drill: Drill, asked: Asked): Promise<void> {
  const { feeds } = drill.simulation.world;
  const [feedId = "none"] = feeds.metas.keys();
  await asked.request({ feedId });
  drill.must(asked.state === "ready", `a download of feed ${feedId} is ${asked.state}`);
  const build = feeds.builds.get(feedId);
  const owner = feeds.metas.get(feedId)?.ownerId;
  await asked.request({ feedId, zone: "Asia/Seoul" }, owner);
  drill.must(drill.refused === undefined && asked.state === "ready", `feed ${feedId} was refused to its owner: ${drill.refused}`);
  if (build === undefined) return;
  feeds.builds.set(feedId, { ...build, etag: undefined, objectKey: undefined });
  await asked.request({ feedId, zone: "Europe/Berlin" });
  drill.must(drill.refused === "feed-unbuilt", `a feed that was never built was refused as ${drill.refused}`);
  feeds.builds.set(feedId, build);
  await gone(drill, asked, { feedId, zone: "America/New_York" }, "feed-unknown", async () => {
    feeds.builds.delete(feedId);
  });
  feeds.builds.set(feedId, build);
}

/** Its subject goes between the answer and the plan; whoever asked reads why, and no further part is tried. */
async function gone(drill: Drill, asked: Asked, of: object, code: string, leave: () => Promise<void>): Promise<void> {
  const method = code === "feed-unknown" ? "subjects.published" : "subjects.calendar";
  await interpose(drill, { at: method, rival: { name: "remove its subject", work: leave } }, async () => {
    await asked.request(of);
  });
  drill.must(asked.state === "failed" && asked.download?.code === code, `it is ${asked.state}, ${asked.download?.code}`);
  const { letters } = drill.simulation.world;
  drill.must(!letters.stored.has(`download-${asked.downloadId}-0`), "what nobody can do anything about became a letter");
}

/** Everything that one calendar's download can meet. */
async function drillOneWay(drill: Drill, asked: Asked, pupil: Pupil): Promise<void> {
  const { calendarId } = pupil;
  pupil.source.events = [...pupil.source.events, ...sampleEvents(4, "Title 9", `way${calendarId}-`)];
  await drill.sync(pupil);
  await drillLooks(drill, asked, calendarId);
  await drillFailures(drill, asked, calendarId);
  const { metas } = drill.simulation.world.calendars;
  const { calendar } = pupil;
  await gone(drill, asked, { calendarId, columns: ["uid"] }, "calendar-unknown", async () => {
    metas.set(calendarId, { ...calendar, state: "removed" });
  });
  metas.set(calendarId, calendar);
  await gone(drill, asked, { calendarId, columns: ["url"] }, "calendar-unknown", async () => {
    metas.delete(calendarId);
  });
  metas.set(calendarId, calendar);
}

/** Seen while it is queued, runs, is ready, and after that. */
async function drillLooks(drill: Drill, asked: Asked, calendarId: string): Promise<void> {
  const { simulation } = drill;
  const { downloadBook, downloadObjects } = simulation.desk;
  const now = simulation.world.clock.now();
  const url = async (): Promise<string> =>
    await downloadUrl(asked.downloadId, { downloadBook, signed: downloadObjects }, simulation.world.clock.now()).catch(codeOf);
  const seen: string[] = [];
  const look = async (): Promise<void> => {
    const { state, percent } = await showDownload(asked.downloadId, downloadBook, now);
    const line = `${state} ${percent > 0 && percent < 100 ? "some" : percent} ${(await url()).split("/")[0]}`;
    // Two may join it at once.
    if (seen.at(-1) !== line) seen.push(line);
  };
  await drill.planned(
    (process, method) => {
      if (process.task?.kind === "download") asked.downloadId = process.task.downloadId;
      if (["downloadObjects.putFrame", "downloads.sendDownloads", "downloadObjects.putFile"].includes(method) && process.task)
        return { name: "look", work: look };
      return undefined;
    },
    async () => await asked.request({ calendarId, columns: ["start"] }),
  );
  await look();
  simulation.skip(7 * 24 * HOUR_MS);
  seen.push(await url());
  const wanted =
    "queued 0 download-not-ready; running 0 download-not-ready; running some download-not-ready; ready 100 https:; download-expired";
  drill.must(seen.join("; ") === wanted, `who looked saw ${seen.join("; ")}`);
  await drillCancels(drill, asked, calendarId, url);
}

async function drillCancels(drill: Drill, asked: Asked, calendarId: string, url: () => Promise<string>): Promise<void> {
  const { simulation } = drill;
  const { downloadBook } = simulation.desk;
  const cancel = async (): Promise<string> =>
    await cancelDownload(asked.downloadId, downloadBook, simulation.world.clock.now()).then(({ state }) => state, codeOf);
  for (const at of ["downloadObjects.putFrame", "downloadBook.move", "downloads.sendDownloads", "downloadObjects.putFile"]) {
    let answer = "none";
    const rival = {
      name: "cancel",
      work: async (): Promise<void> => {
        const [newest] = [...downloadBook.records.keys()].slice(-1);
        asked.downloadId = newest ?? "none";
        answer = await cancel();
      },
    };
    const whose = ({ task }: Process): boolean => task?.kind === "download";
    await interpose(drill, { at, whose, rival }, async () => await asked.request({ calendarId, columns: ["end"] }));
    drill.must(answer === "cancelled" && asked.state === "cancelled", `cancelled before ${at}: ${answer}, it is ${asked.state}`);
    drill.must((await url()) === "download-ended", `a cancelled download has a url: ${await url()}`);
    drill.must((await cancel()) === "download-ended", "a cancelled download was cancelled again");
  }
  await asked.request({ calendarId, columns: ["end"] });
  drill.must(!asked.shared && asked.state === "ready", "a cancelled download was shared");
  drill.must((await cancel()) === "download-ended", "a ready download was cancelled");
  const { name } = await readAll(drill, asked);
  drill.must(name === asked.downloadId, `the newest download of its owner is ${name}`);
  asked.downloadId = "nobody";
  drill.must((await cancel()) === "download-unknown" && (await url()) === "download-unknown", "a download that is not there is");
}

async function readAll(drill: Drill, { downloadId, download }: Asked): Promise<{ name: string | undefined }> {
  const { simulation } = drill;
  const { downloadBook, downloadObjects } = simulation.desk;
  const now = simulation.world.clock.now();
  const page = { limit: 3, cursor: undefined };
  const [newest] = (await listDownloads(download?.ownerId ?? "", page, downloadBook, now)).items;
  const files = { getBytes: async (key: string) => Buffer.from(downloadObjects.stored.get(key) ?? "") };
  const { length } = await downloadBytes(downloadId, { downloadBook, downloadFiles: files }, now);
  drill.must(length === download?.bytes, `a file of ${download?.bytes} bytes was read as ${length}`);
  return { name: newest?.downloadId };
}

async function codeOf(error: unknown): Promise<string> {
  if (error instanceof Error && "code" in error) return String(error.code);
  throw error;
}

/** A part that fails is tried five times, told to whoever asked, and made by a replay of its letter; so is a plan. */
async function drillFailures(drill: Drill, asked: Asked, calendarId: string): Promise<void> {
  for (const at of ["subjects.getSnapshot", "downloadObjects.putPart"]) {
    const part = at === "subjects.getSnapshot" ? 0 : 2;
    await drill.planned(
      ({ task }, method) => (task?.kind === "download" && task.part === part && method === at ? "error-before" : undefined),
      async () => await asked.request({ calendarId, columns: ["status", at === "subjects.getSnapshot" ? "url" : "uid"] }),
    );
    const letterId = `download-${asked.downloadId}-${part}`;
    const letter = drill.simulation.world.letters.stored.get(letterId);
    drill.must(asked.state === "failed", `a download whose ${at} fails is ${asked.state}`);
    drill.must(
      letter?.state === "open" && letter.attempts === RECEIVES * letter.count,
      `letter ${letterId} has ${letter?.attempts} attempts`,
    );
    const { downloadId, download } = asked;
    // Who failed it died before it was told.
    if (download !== undefined)
      drill.simulation.desk.downloadBook.records.set(downloadId, { ...download, isUntold: true, endedAt: drill.at });
    await drill.planned(
      ({ task }, method) => {
        const isClosing = task?.kind === "download" && method === "letters.put";
        drill.must(
          !isClosing || asked.state !== "failed",
          `letter ${letterId} is closed before anybody went on with its download`,
        );
        return undefined;
      },
      async () => await drill.ask("replay", async (ports) => await replayLetter(letterId, ports, drill.context())),
    );
    drill.must(asked.state === "ready", `download ${downloadId} is ${asked.state} after its replay`);
    const { state } = drill.simulation.world.letters.stored.get(letterId) ?? {};
    drill.must(state === "resolved", `letter ${letterId} is ${state} after its replay`);
  }
}
