/** The end of each download's task says what was done; and who finds nothing to do does nothing. */
import type { Download } from "../../lib/contract/download.ts";
import type { DownloadTask } from "../../lib/contract/task.ts";
import { readTask } from "../../lib/core/letters.ts";
import type { TaskEnd } from "../../lib/core/runs.ts";
import type { LoadedDownload } from "../../lib/sync/make-download.ts";
import type { Downloads } from "./downloads.ts";
import { brokenOf } from "./rules.ts";
import type { Rule } from "./rules.ts";
import type { Process, Simulation } from "./simulation.ts";

/** What a task may do that finds nothing to do; and what tells an end that nobody told. */
const IDLE = new Set(["downloadBook.load", "letters.get", "letters.put"]);
const TELLING = new Set(["changes.publish", "downloadBook.move"]);
const GOES_WELL: ReadonlySet<string | undefined> = new Set(["running", "ready"]);
const GOES_ON: ReadonlySet<string> = new Set(["queued", "running"]);
/** Told to whoever asked, and not tried again. */
const FINAL = new Set(["download-too-large", "calendar-unknown", "feed-unknown"]);

export class DownloadEnds {
  private readonly simulation: Simulation;
  private readonly downloads: Downloads;
  /** The download as each worker read it first. */
  private readonly reads = new Map<number, LoadedDownload | undefined>();

  constructor(simulation: Simulation, downloads: Downloads) {
    this.simulation = simulation;
    this.downloads = downloads;
    this.watchLoads();
    this.watchSends();
  }

  /** Asked at each end of a task. */
  ended(process: Process, task: DownloadTask, end: TaskEnd): void {
    const { id, name, done } = process;
    if (end.kind === "retry") return;
    const read = this.reads.get(id);
    this.check(`${name} ended ${end.status}`, [
      ...this.statusRules(process, task, end.status),
      ...(isOver(read) ? overRules(process, read?.download, end.status) : []),
      ...openRules(process, task, read),
      [read?.download.isUntold !== true || done.includes("changes.publish"), "and left an end untold"],
    ]);
  }

  private statusRules({ id, done }: Process, { downloadId, part }: DownloadTask, status: string): Rule[] {
    const { downloadBook } = this.simulation.desk;
    const record = downloadBook.records.get(downloadId);
    const stored = (downloadBook.parts.get(downloadId) ?? []).map((one) => one.part);
    const hasJoined = this.downloads.joinedBy.get(downloadId) === id;
    const rules: Readonly<Record<string, Rule>> = {
      duplicate: [!hasJoined || isDoubled(done), "and had joined it"],
      made: [record === undefined || stored.includes(part), "and its part is not stored"],
      planned: [isPlanned(record), "and the tasks of its parts were not all sent"],
      joined: [record?.state === "ready", `and it is ${record?.state}`],
      failed: [!GOES_WELL.has(record?.state), `and it is ${record?.state}`],
    };
    return [
      [done.includes("letters.get"), "and left its letter"],
      [!hasJoined || record?.isUntold !== true, "and told nobody"],
      rules[status] ?? [true, ""],
    ];
  }

  private watchLoads(): void {
    const { downloadBook } = this.simulation.desk;
    const load = downloadBook.load.bind(downloadBook);
    downloadBook.load = async (downloadId) => {
      const { actor } = this.simulation;
      const loaded = await load(downloadId);
      if (actor !== undefined && !this.reads.has(actor.id)) this.reads.set(actor.id, loaded);
      return loaded;
    };
  }

  /** A part that is stored is not sent again. */
  private watchSends(): void {
    const { downloads } = this.simulation.world;
    const send = downloads.send.bind(downloads);
    downloads.send = (body, delaySeconds, givenUp) => {
      const { actor } = this.simulation;
      const task = readTask(body);
      const stored = actor?.task === undefined ? [] : (this.reads.get(actor.id)?.parts ?? []);
      if (task?.kind === "download" && stored.some(({ part }) => part === task.part))
        this.simulation.violate(`part ${task.part} is stored and was sent again`);
      send(body, delaySeconds, givenUp);
    };
  }

  private check(what: string, rules: readonly Rule[]): void {
    for (const text of brokenOf(rules)) this.simulation.violate(`${what} ${text}`);
  }
}

/** Nobody waits for it any more. */
function isOver(read: LoadedDownload | undefined): boolean {
  const { state, code = "" } = read?.download ?? {};
  return state === undefined || state === "cancelled" || state === "ready" || FINAL.has(code);
}

/** Who reads that it is over tells its end where nobody did, and does nothing else. */
function overRules(process: Process, download: Download | undefined, status: string): Rule[] {
  const needless = busy(process).filter((method) => download?.isUntold !== true || !TELLING.has(method));
  return [
    [needless.length === 0, `and did ${needless.join(", ")} for what is over`],
    [status === (download?.state === "ready" ? "duplicate" : "gone"), "and it is over"],
  ];
}

/** Who reads what is done does not do it again; and people see what a replay does. */
function openRules(process: Process, task: DownloadTask, read: LoadedDownload | undefined): Rule[] {
  if (read === undefined) return [];
  const isMade = read.parts.some((one) => one.part === task.part);
  const isReplay = read.download.state === "failed" && task.replayOf !== undefined && !isOver(read);
  return [
    [!isReplay || isShown(process, read.download), "and people do not see it go on"],
    [!GOES_ON.has(read.download.state) || movesBeforeWork(process) === 0, "and set going what went on already"],
    [!isMade || !has(process, "downloadObjects.putPart"), "and made a part again"],
    ...(task.part === 0 ? planRules(process, read.download) : []),
  ];
}

function planRules(process: Process, { state, parts, isSent }: Download): Rule[] {
  const isDone = state === "running" && isSent === true && parts !== 1;
  return [
    [!isDone || busy(process).length === 0, `and did ${busy(process).join(", ")} for a plan that is done`],
    [parts === undefined || !has(process, "subjects."), "and planned again what was planned"],
    [parts !== 1 || !has(process, "downloads.sendDownloads"), "and sent the only part away"],
  ];
}

/** Its state moves before its work begins; an end that nobody told is told before that, which is a move as well. */
function isShown({ done }: Process, { isUntold }: Download): boolean {
  const began = done.findIndex(isWork);
  return countMoves(done.slice(0, began === -1 ? done.length : began)) > (isUntold === true ? 1 : 0);
}

/** Moves of who then begins its work. */
function movesBeforeWork({ done }: Process): number {
  const began = done.findIndex(isWork);
  return began === -1 ? 0 : countMoves(done.slice(0, began));
}

function isWork(method: string): boolean {
  return method.startsWith("downloadObjects.") || method.startsWith("subjects.");
}

function countMoves(methods: readonly string[]): number {
  return methods.filter((method) => method === "downloadBook.move").length;
}

function has({ done }: Process, prefix: string): boolean {
  return done.some((method) => method.startsWith(prefix));
}

function busy({ done }: Process): string[] {
  return done.filter((method) => !IDLE.has(method) && !method.startsWith("queue."));
}

/** All its parts' tasks were sent, or it came to an end or went meanwhile. */
function isPlanned(download: Download | undefined): boolean {
  if (download === undefined) return true;
  const { parts = 0, isSent, state } = download;
  return parts > 1 && (isSent === true || state !== "running");
}

/** The SDK sent a write again that had taken effect: its answer is that of a lost one. */
function isDoubled(done: readonly string[]): boolean {
  return done.some((method, index) => method === "downloadBook.move" && done[index + 1] === method);
}
