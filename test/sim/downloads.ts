/** Downloads: what a record says is stored, a part that is made twice has the same bytes, and each end is told. */
import type { Download, DownloadState } from "../../lib/contract/download.ts";
import { fileKey, frameKey, partKey, sourceKey } from "../../lib/core/downloads.ts";
import { brokenOf } from "./rules.ts";
import type { Rule } from "./rules.ts";
import type { Simulation } from "./simulation.ts";

const KEPT_MS = 7 * 86_400_000;
/** Those from which a state may come. */
const BEFORE: Readonly<Record<DownloadState, readonly DownloadState[]>> = {
  queued: ["failed"],
  running: ["queued", "failed"],
  ready: ["running", "failed"],
  failed: ["queued", "running"],
  cancelled: ["queued", "running"],
};

const NAME_LINES = /(?:X-WR-CALNAME|NAME):.*?\\r\\n/gu;

export class Downloads {
  private readonly simulation: Simulation;
  /** Who joined each download. */
  readonly joinedBy = new Map<string, number | undefined>();

  constructor(simulation: Simulation) {
    this.simulation = simulation;
    this.watchObjects();
    this.watchMoves();
    this.watchParts();
    this.watchClaims();
  }

  private watchObjects(): void {
    const { downloadObjects } = this.simulation.desk;
    const { stored } = downloadObjects;
    const set = stored.set.bind(stored);
    stored.set = (key, content) => {
      const before = stored.get(key);
      const isOther = before !== undefined && bytesOf(key, before) !== bytesOf(key, content);
      if (isOther) this.simulation.violate(`${key} was written again with other bytes`);
      return set(key, content);
    };
  }

  private watchMoves(): void {
    const { downloadBook } = this.simulation.desk;
    const move = downloadBook.move.bind(downloadBook);
    downloadBook.move = async (downloadId, from, set, remove) => {
      const before = downloadBook.records.get(downloadId);
      const after = await move(downloadId, from, set, remove);
      if (before !== undefined && after !== undefined) this.moved(before, after);
      return after;
    };
  }

  private moved(before: Download, after: Download): void {
    const isMoved = before.state !== after.state;
    if (isMoved && after.state === "ready") this.joinedBy.set(after.downloadId, this.simulation.actor?.id);
    this.check(`download ${after.downloadId}`, [
      ...stateRules(after),
      this.toldRule(before, after),
      ...(isMoved ? [...this.moveRules(before, after)] : []),
      ...(isMoved && after.state === "running" ? this.plannedRules(after) : []),
      ...(isMoved && after.state === "ready" ? this.readyRules(after) : []),
    ]);
  }

  private moveRules(before: Download, after: Download): Rule[] {
    const { actor } = this.simulation;
    const task = actor?.task?.kind === "download" ? actor.task : undefined;
    const isAsked = task === undefined || task.replayOf !== undefined || this.isPlan(before, after);
    return [
      [BEFORE[after.state].includes(before.state), `is ${after.state} after it was ${before.state}`],
      [before.state !== "failed" || after.state === "ready" || isAsked, "goes on, and nobody asked"],
    ];
  }

  /** Whoever plans it anew has told its end before. */
  private toldRule(before: Download, after: Download): Rule {
    const isLeft = before.isUntold !== true || after.isUntold === true;
    return [isLeft || this.isTold(before) || this.isPlan(before, after), "ended and told nobody"];
  }

  private isPlan(before: Download, after: Download): boolean {
    const task = this.simulation.actor?.task;
    const isPlanned = before.parts === undefined && after.parts !== undefined;
    return task?.kind === "download" && task.part === 0 && isPlanned;
  }

  private isTold({ downloadId, endedAt }: Download): boolean {
    return this.simulation.world.told.some(
      (message) => "downloadId" in message && message.downloadId === downloadId && message.at === endedAt,
    );
  }

  private plannedRules(download: Download): Rule[] {
    const { parts = 0 } = download;
    const { stored } = this.simulation.desk.downloadObjects;
    const missing = Array.from({ length: parts }, (_, index) => sourceKey(download, index + 1)).filter((key) => !stored.has(key));
    return [
      [parts > 0, "runs without parts"],
      [missing.length === 0, `runs without ${missing.join(", ")}`],
      [stored.has(frameKey(download)), "runs without its frame"],
    ];
  }

  private readyRules(download: Download): Rule[] {
    const { downloadBook, downloadObjects } = this.simulation.desk;
    const { downloadId, parts = 0, rows, bytes, endedAt = "", keptUntil = "", isUntold } = download;
    const stored = downloadBook.parts.get(downloadId) ?? [];
    const file = downloadObjects.stored.get(download.fileKey ?? "");
    return [
      [download.fileKey === fileKey(download) && file !== undefined, "is ready and has no file"],
      [stored.length === parts, `is ready with ${stored.length} of ${parts} parts`],
      [rows === stored.reduce((sum, part) => sum + part.rows, 0), `says ${rows} rows`],
      [file === undefined || bytes === Buffer.from(file).length, `says ${bytes} bytes`],
      [Date.parse(keptUntil) - Date.parse(endedAt) === KEPT_MS, `is kept until ${keptUntil}, ended ${endedAt}`],
      [isUntold === true, "ended and would tell nobody after a crash"],
    ];
  }

  private watchParts(): void {
    const { downloadBook, downloadObjects } = this.simulation.desk;
    const putPart = downloadBook.putPart.bind(downloadBook);
    downloadBook.putPart = async (downloadId, part) => {
      const text = downloadObjects.stored.get(partKey(downloadId, part.part));
      if (text === undefined || Buffer.from(text).length !== part.bytes)
        this.simulation.violate(`part ${part.part} of ${downloadId} is said to be stored and is not`);
      await putPart(downloadId, part);
    };
  }

  /** Whoever shares it finds it, and somebody makes it. */
  private watchClaims(): void {
    const { desk, world } = this.simulation;
    const claim = desk.downloadBook.claim.bind(desk.downloadBook);
    desk.downloadBook.claim = async (download, before) => {
      const { downloadId } = download;
      const isSent = [...world.downloads.messages.values()].some(({ body }) => body.includes(`"downloadId":"${downloadId}"`));
      const isMade = isSent || desk.downloadBook.records.get(downloadId)?.state !== "queued";
      if (!desk.downloadBook.records.has(downloadId))
        this.simulation.violate(`download ${downloadId} is shared before it is there`);
      if (!isMade) this.simulation.violate(`download ${downloadId} is shared before anybody makes it`);
      return await claim(download, before);
    };
  }

  private check(what: string, rules: readonly Rule[]): void {
    for (const text of brokenOf(rules)) this.simulation.violate(`${what} ${text}`);
  }
}

function stateRules({ state, code, endedAt }: Download): Rule[] {
  const isOpen = state === "queued" || state === "running";
  return [
    [state !== "failed" || code !== undefined, "failed and does not say why"],
    [state === "failed" || code === undefined, `is ${state} and still says ${code}`],
    [isOpen === (endedAt === undefined), `is ${state}, ended ${endedAt}`],
  ];
}

/** Who plans it again after its calendar was named otherwise gives it that name: the same events under either. */
function bytesOf(key: string, content: string | Uint8Array): string {
  const text = typeof content === "string" ? content : Buffer.from(content).toString("latin1");
  return key.endsWith("/frame") ? text.replaceAll(NAME_LINES, "") : text;
}
