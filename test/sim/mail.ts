/** Dead letters: each move from one state to another, by whom, and why it may. */
import type { Letter } from "../../lib/contract/letter.ts";
import type { DownloadTask, ExportTask, ImportTask } from "../../lib/contract/task.ts";
import { readTask } from "../../lib/core/letters.ts";
import { brokenOf } from "./rules.ts";
import type { Rule } from "./rules.ts";
import type { Process, Simulation } from "./simulation.ts";
import type { Witness } from "./witness.ts";

const HOUR_MS = 3_600_000;

export class Mail {
  private readonly simulation: Simulation;
  private readonly witness: Witness;

  constructor(simulation: Simulation, witness: Witness) {
    this.simulation = simulation;
    this.witness = witness;
    const { letters } = simulation.world;
    const put = letters.put.bind(letters);
    letters.put = async (letter) => {
      const before = letters.stored.get(letter.letterId);
      const isSaved = (before?.revision ?? 0) === letter.revision - 1;
      const process = this.simulation.actor;
      if (isSaved && process !== undefined) {
        const rules = this.rules(before, letter, process);
        for (const text of brokenOf(rules)) simulation.violate(`letter ${letter.letterId} ${text}`);
      }
      return await put(letter);
    };
  }

  private rules(before: Letter | undefined, after: Letter, process: Process): Rule[] {
    const known = before?.messageIds ?? [];
    const news = after.messageIds.filter((id) => !known.includes(id)).length;
    const count = (before?.count ?? 0) + news;
    return [
      this.ownerRule(after, news),
      [after.count === count, `counts ${after.count} deliveries, wanted ${count}`],
      [news <= 1, "took two deliveries at once"],
      [after.history.length >= (before?.history.length ?? 0), "lost its history"],
      [news > 0 || !isClosedTwice(before, after), `was ${before?.state} and was closed again`],
      [!isAgain(before, after), "was replayed twice within an hour"],
      [after.state !== "replaying" || !this.isPaused(after, process), "was replayed although its calendar is paused"],
      ...(before?.state === after.state ? [] : [this.moveRule(before, after, process, news)]),
    ];
  }

  private ownerRule(letter: Letter, news: number): Rule {
    const owner = this.ownerOf(letter);
    const isRight = owner === undefined || letter.ownerId === owner || (news === 0 && letter.ownerId === undefined);
    return [isRight, `belongs to ${letter.ownerId}`];
  }

  private isPaused({ calendarId = "" }: Letter, process: Process): boolean {
    return process.task === undefined && this.witness.sawPaused(process, calendarId);
  }

  private moveRule(before: Letter | undefined, after: Letter, process: Process, news: number): Rule {
    const from = before?.state;
    const otherwise = `was ${after.state} by ${process.name}, it was ${from}`;
    switch (after.state) {
      case "open":
        return [news > 0 || this.isLost(before), otherwise];
      case "acknowledged":
        return [from === "open", otherwise];
      case "discarded":
        return [from !== "resolved" && process.task === undefined, otherwise];
      case "replaying":
        return [from !== "resolved" && from !== "discarded", otherwise];
      case "resolved":
        return [this.mayResolve(from, after, process), otherwise];
    }
  }

  private mayResolve(from: Letter["state"] | undefined, after: Letter, process: Process): boolean {
    const { task } = process;
    if (task?.kind === "import") return this.isImported(from, after, process, task);
    if (task?.kind === "download") return isMadeBy(from, after, process, task);
    return task?.kind === "export" ? this.isBuiltBy(from, after, process, task) : this.isSettled(after);
  }

  /** A replay that was sent a day ago and of which nobody heard. */
  private isLost(before: Letter | undefined): boolean {
    const sentMs = Date.parse(before?.replay?.at ?? before?.lastAt ?? "");
    return before?.state === "replaying" && this.simulation.nowMs - sentMs >= 24 * HOUR_MS;
  }

  /** The alert function settles only what a later success of the calendar's turns, or a build of what was to be built, has settled. */
  private isSettled(letter: Letter): boolean {
    const { letterId, calendarId = "", feedId, lastAt } = letter;
    if (letterId === `import-${calendarId}`) {
      const checkpoint = this.simulation.world.calendars.checkpoints.get(calendarId);
      // Removed since its success was read.
      if (checkpoint === undefined) return true;
      return checkpoint.lastSuccessAt !== undefined && checkpoint.lastSuccessAt > lastAt;
    }
    if (feedId === undefined || letterId !== `export-${feedId}`) return false;
    // Or removed since its build was read.
    return this.simulation.world.feeds.metas.get(feedId)?.state !== "active" || this.isBuilt(feedId, letter);
  }

  private isBuilt(feedId: string, { calendarId = "", lastAt, body = "" }: Letter): boolean {
    const build = this.simulation.world.feeds.builds.get(feedId);
    const task = readTask(body);
    const version = task?.kind === "export" ? task.calendarVersion : undefined;
    const isHeld = version !== undefined && (build?.members[calendarId] ?? -1) >= version;
    return isHeld || (build?.begunAt ?? "") > lastAt;
  }

  /** A worker settles what its own task did after the letter; one that had nothing left to do heard nothing. */
  private isImported(
    from: Letter["state"] | undefined,
    { letterId, lastAt }: Letter,
    process: Process,
    task: ImportTask,
  ): boolean {
    const heard = this.witness.heard(process);
    const isOwn = task.replayOf === letterId || letterId === `import-${task.calendarId}`;
    const isSound =
      heard === undefined || heard.kind === "complete" || heard.kind === "unchanged" || this.isOvertaken(process, task);
    return isOwn && isSound && from !== "discarded" && Date.parse(lastAt) < (heard?.atMs ?? this.simulation.nowMs);
  }

  /** What another heard of the calendar since is a success of whoever wanted to know. */
  private isOvertaken({ startedMs }: Process, { calendarId }: ImportTask): boolean {
    const { lastSuccessAt = "" } = this.simulation.world.calendars.checkpoints.get(calendarId) ?? {};
    return Date.parse(lastSuccessAt) >= startedMs;
  }

  private isBuiltBy(
    from: Letter["state"] | undefined,
    { letterId, lastAt }: Letter,
    process: Process,
    task: ExportTask,
  ): boolean {
    const isOwn = task.replayOf === letterId || letterId === `export-${task.feedId}`;
    return isOwn && from !== "discarded" && Date.parse(lastAt) < process.startedMs;
  }

  /** A letter about a feed is its owner's, whosever calendar it was to be built for. */
  private ownerOf({ calendarId = "", feedId = "" }: Letter): string | undefined {
    const { calendars, feeds } = this.simulation.world;
    return (feeds.metas.get(feedId) ?? calendars.metas.get(calendarId))?.ownerId;
  }
}

/** A worker settles the letter of its own part, which lay there before it began. */
function isMadeBy(
  from: Letter["state"] | undefined,
  { letterId, lastAt }: Letter,
  { startedMs }: Process,
  { downloadId, part }: DownloadTask,
): boolean {
  return letterId === `download-${downloadId}-${part}` && from !== "discarded" && Date.parse(lastAt) < startedMs;
}

function isClosedTwice(before: Letter | undefined, after: Letter): boolean {
  return [before, after].every((letter) => letter?.state === "resolved" || letter?.state === "discarded");
}

function isAgain(before: Letter | undefined, after: Letter): boolean {
  const [one, other] = [before?.replay?.at, after.replay?.at];
  if (before?.state !== "replaying" || after.state !== "replaying" || one === undefined || other === undefined) return false;
  return one !== other && Date.parse(other) - Date.parse(one) < HOUR_MS;
}
