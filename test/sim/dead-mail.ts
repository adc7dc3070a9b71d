/** Dead letters that a drill makes on purpose: tasks that somebody gave up, recorded as the alert function does, and taken away again. */
import type { Letter } from "../../lib/contract/letter.ts";
import type { DownloadTask, ExportTask, ImportTask, Task } from "../../lib/contract/task.ts";
import { letterIdOf } from "../../lib/core/letters.ts";
import type { DeadDelivery } from "../../lib/core/letters.ts";
import { markLetter } from "../../lib/sync/mark-letter.ts";
import type { Mark } from "../../lib/sync/mark-letter.ts";
import { recordLetter } from "../../lib/sync/record-letter.ts";
import type { MemoryQueue } from "../sync/memory-queue.ts";
import { played } from "./calls.ts";
import type { Played } from "./calls.ts";
import type { Drill } from "./drill.ts";

/** What a worker wrote on the message. */
type Given = Partial<Pick<DeadDelivery, "code" | "reason" | "host" | "sentAt" | "messageId">>;

const LONG_AGO_MS = Date.parse("2026-04-01T00:00:00.000Z");

export class DeadMail {
  private readonly drill: Drill;
  private made = 0;

  constructor(drill: Drill) {
    this.drill = drill;
  }

  /** A name that nothing else in this world has. */
  name(what: string): string {
    this.made += 1;
    return `${what}${this.made}`;
  }

  turn(calendarId: string, fields: Partial<ImportTask> = {}): ImportTask {
    const turn = Math.floor(this.drill.simulation.nowMs / 60_000);
    return { ...this.asked(calendarId), taskId: `${calendarId}@${turn}`, turn, reason: "tick", ...fields };
  }

  /** A task that somebody asked for. */
  asked(calendarId: string, fields: Partial<ImportTask> = {}): ImportTask {
    const taskId = `${this.now()}~${this.name("asked")}`;
    return { version: 1, kind: "import", taskId, calendarId, startAt: this.now(), reason: "sync-now", ...fields };
  }

  build(feedId: string, fields: Partial<ExportTask> = {}): ExportTask {
    return { version: 1, kind: "export", taskId: this.name("build"), feedId, reason: "changed", ...fields };
  }

  download(fields: Partial<DownloadTask> = {}): DownloadTask {
    const downloadId = this.name("download");
    return { version: 1, kind: "download", taskId: `task of ${downloadId}`, downloadId, part: 0, reason: "requested", ...fields };
  }

  /** Something of ours did not answer, and the shell gave the task up. */
  delivery(task: Task | string, given: Given = {}): DeadDelivery {
    return {
      messageId: this.name("dead"),
      body: typeof task === "string" ? task : JSON.stringify(task),
      queue: "urgent-dead-letters",
      sentAt: this.now(),
      code: "aws-unavailable",
      reason: "a port did not answer, wanted a result",
      attempts: 10,
      ...given,
    };
  }

  /** The message lies in a dead-letter queue, as whoever gave it up sent it. @returns its id */
  lay(queue: MemoryQueue, task: Task | string): string {
    const body = typeof task === "string" ? task : JSON.stringify(task);
    // It was sent once, to be there now.
    if (typeof task !== "string") this.drill.simulation.world.imports.observe?.(body);
    queue.send(body, 0, { code: "aws-unavailable", reason: "a port did not answer, wanted a result", attempts: 10 });
    return [...queue.messages.keys()].at(-1) ?? "";
  }

  /** What the alert function answers, and what it asks of the ports. */
  async record(delivery: DeadDelivery): Promise<Played<Awaited<ReturnType<typeof recordLetter>>>> {
    const { clock } = this.drill.simulation.world;
    return await played(this.drill, "record", async (ports) => await recordLetter(delivery, ports, clock.now()));
  }

  /** The same while a plan disturbs the calls: what it answers. */
  async taken(delivery: DeadDelivery): Promise<string | undefined> {
    let answer: string | undefined;
    await this.drill.ask("record", async (ports) => {
      answer = await recordLetter(delivery, ports, this.drill.simulation.world.clock.now());
    });
    return answer;
  }

  letter(letterId: string): Letter | undefined {
    return this.drill.simulation.world.letters.stored.get(letterId);
  }

  /** `<state> after <count>`, or nothing. */
  standing(letterId: string): string {
    const letter = this.letter(letterId);
    return letter === undefined ? "nothing" : `${letter.state} after ${letter.count}`;
  }

  mark(state: Mark["state"], why = "drilled"): Mark {
    return { state, who: "operator", why, now: this.drill.simulation.world.clock.now };
  }

  /** So many letters of messages that nobody can read, the oldest first. */
  async unreadable(count: number, given: Given = {}): Promise<readonly Letter[]> {
    const letters: Letter[] = [];
    for (let made = 0; made < count; made += 1) {
      this.drill.simulation.world.clock.advance(1);
      const delivery = this.delivery("no task", given);
      await this.taken(delivery);
      const letter = this.letter(letterIdOf(undefined, delivery.messageId));
      if (letter !== undefined) letters.push(letter);
    }
    return letters;
  }

  /** Nobody else is to see what was made for this drill alone. */
  async discardAll(): Promise<void> {
    for (const { letterId } of this.drill.simulation.desk.lettersIn(["open", "acknowledged", "replaying"])) {
      await this.drill.ask("discard", async ({ letters }) => await markLetter(letterId, this.mark("discarded"), letters));
    }
  }

  /** A start that was over before this world began, each another one. */
  longAgo(): string {
    this.made += 1;
    return new Date(LONG_AGO_MS + this.made * 600_000).toISOString();
  }

  now(): string {
    return this.drill.simulation.world.clock.now().toISOString();
  }
}
