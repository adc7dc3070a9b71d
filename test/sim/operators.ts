/** People at a terminal or at the API: they decide on holds, bring versions back, pause, resume, replay, redrive, remove and create, at random moments. */
import { CalendarDraft } from "../../lib/contract/calendar.ts";
import { DownloadRequest } from "../../lib/contract/download.ts";
import { FeedDraft } from "../../lib/contract/feed.ts";
import { Refusal } from "../../lib/core/failure.ts";
import { isAnothers, wasEnded } from "../../lib/core/hold.ts";
import { readTask } from "../../lib/core/letters.ts";
import { approveHold } from "../../lib/sync/approve-hold.ts";
import type { Course } from "../../lib/sync/course.ts";
import { createCalendar } from "../../lib/sync/create-calendar.ts";
import { createFeed } from "../../lib/sync/create-feed.ts";
import { cancelDownload } from "../../lib/sync/fetch-download.ts";
import { markLetter, markLetters } from "../../lib/sync/mark-letter.ts";
import type { Mark } from "../../lib/sync/mark-letter.ts";
import { pauseAll, resumeAll, switchDeadLetters } from "../../lib/sync/pause-all.ts";
import { pauseCalendar, resumeCalendar } from "../../lib/sync/pause-calendar.ts";
import type { PausedBy } from "../../lib/sync/pause-calendar.ts";
import { redriveLetters } from "../../lib/sync/redrive-letters.ts";
import { rejectHold } from "../../lib/sync/reject-hold.ts";
import { removeCalendar } from "../../lib/sync/remove-calendar.ts";
import { replayLetter } from "../../lib/sync/replay-letter.ts";
import { replayLetters } from "../../lib/sync/replay-letters.ts";
import { requestDownload } from "../../lib/sync/request-download.ts";
import { rollbackCalendar } from "../../lib/sync/rollback-calendar.ts";
import { syncNow } from "../../lib/sync/sync-now.ts";
import { Answers } from "./answers.ts";
import type { Ports } from "./desk.ts";
import type { Process, Simulation } from "./simulation.ts";
import { rethrowUnlessPassing } from "./workers.ts";

const REMOVED_MOST = 2;
const CREATED_MOST = 3;
/** Between a look at what lies and its redrive. */
const SOON_MS = 10_000;
const OPEN = ["open", "acknowledged", "replaying"] as const;

/** What people know of the world. */
export type Known = {
  readonly urlCalendars: readonly string[];
  readonly pushCalendars: readonly string[];
  /** A new source, and its url. */
  readonly newSource: () => string;
  /** Somebody else than its app wrote a push calendar. */
  readonly overwritten: (calendarId: string) => void;
};

export class Operators {
  /** Calendars that somebody began to take out. */
  readonly removed = new Set<string>();
  /** Urls of calendars that somebody wanted, and whether they were told that it is there. */
  readonly wanted = new Map<string, "asked" | "told">();
  readonly feeds = new Map<string, "asked" | "told">();
  /** Runs that somebody was given to follow: `<calendarId> <runId>`. */
  readonly followed: string[] = [];
  private readonly simulation: Simulation;
  private readonly answers: Answers;
  private readonly known: Known;
  /** Who turns switches right now; two would undo each other's work. */
  private atSwitches: Process | undefined;

  constructor(simulation: Simulation, known: Known) {
    this.simulation = simulation;
    this.answers = new Answers(simulation);
    this.known = known;
  }

  minute(): void {
    const { random } = this.simulation;
    const { calendar } = this;
    const actions: readonly (() => void)[] = [
      () => this.decideHold(),
      () => this.rollBack(),
      () => this.pause(calendar(), "calendar"),
      () => this.resume(calendar(), "calendar"),
      () => this.pauseHost(),
      () => this.resumeHost(),
      () => this.turnSwitches(),
      () => this.redrive(),
      () => this.mark(),
      () => this.replayMany(),
      () => this.remove(),
      () => this.create(),
      () => this.createFeed(),
      () => this.download(),
      () => this.cancelDownload(),
    ];
    if (random.chance(0.6)) random.pick(actions)();
    if (this.simulation.random.chance(0.08)) this.decideHold();
    if (random.chance(0.04)) this.turnSwitches();
    this.tendLying();
    // A pause of everything is short.
    if (this.simulation.desk.pauses.stored !== undefined && random.chance(0.2)) this.turnSwitches();
  }

  /** Whatever somebody stopped goes on, and what was half removed is removed. */
  settle(): void {
    const { metas } = this.simulation.world.calendars;
    this.people("resume all", async (ports) => void (await resumeAll(ports)));
    this.people("record dead letters", async ({ switches }) => void (await switchDeadLetters(switches, "on")));
    for (const calendarId of metas.keys()) if (!this.removed.has(calendarId)) this.resume(calendarId, "calendar");
    for (const calendarId of this.removed) this.removeOne(calendarId);
  }

  /** Nobody can answer the letters of what was removed. */
  closeLetters(): void {
    const { metas } = this.simulation.world.calendars;
    const gone = this.simulation.desk
      .lettersIn(OPEN)
      .filter(({ calendarId }) => calendarId !== undefined && !metas.has(calendarId));
    for (const { letterId } of gone) this.markOne(letterId, this.markAs("discarded"));
  }

  replayAll(): void {
    for (const { letterId } of this.simulation.desk.lettersIn(OPEN)) this.replay(letterId);
  }

  syncNow(calendarId: string): void {
    this.people(`sync now ${calendarId}`, async (ports) => {
      const run = await syncNow(calendarId, ports, this.context());
      this.followed.push(`${calendarId} ${run.runId}`);
      this.answers.asked(run);
    });
  }

  /** Decides on some hold, if there is one. */
  decideHold(): void {
    const { random, world } = this.simulation;
    const holds = [...world.calendars.holds.values()];
    if (holds.length === 0) return;
    const { calendarId, holdId } = random.pick(holds);
    const decide = random.chance(0.5) ? approveHold : rejectHold;
    this.people(`${decide === approveHold ? "approve" : "reject"} ${holdId}`, async (ports) => {
      const run = await decide({ calendarId, holdId }, ports, this.context());
      this.answers.decided(holdId, run);
    });
  }

  private rollBack(): void {
    const { random, world } = this.simulation;
    const calendarId = random.pick([this.calendar(), random.pick(this.known.pushCalendars)]);
    const present = world.calendars.checkpoints.get(calendarId)?.calendarVersion ?? 0;
    const toVersion = random.chance(0.5) ? undefined : random.between(0, present);
    this.known.overwritten(calendarId);
    this.people(`rollback ${calendarId} to ${toVersion}`, async (ports) => {
      this.answers.broughtBack(await rollbackCalendar({ calendarId, toVersion }, ports, this.context()));
    });
  }

  private pause(calendarId: string, by: PausedBy): void {
    this.people(`pause ${calendarId} by ${by}`, async (ports) => void (await pauseCalendar(calendarId, by, ports)));
  }

  private resume(calendarId: string, by: PausedBy): void {
    this.people(`resume ${calendarId} by ${by}`, async (ports) => void (await resumeCalendar(calendarId, by, ports)));
  }

  private pauseHost(): void {
    for (const calendarId of this.neighbours()) this.pause(calendarId, "host");
  }

  private resumeHost(): void {
    for (const calendarId of this.neighbours()) this.resume(calendarId, "host");
  }

  /** Every calendar of some host. */
  private neighbours(): string[] {
    const { checkpoints } = this.simulation.world.calendars;
    const host = checkpoints.get(this.calendar())?.host;
    return [...checkpoints.values()].filter((other) => other.host === host).map(({ calendarId }) => calendarId);
  }

  private turnSwitches(): void {
    const { random, desk, nowMs } = this.simulation;
    if (this.atSwitches?.state === "running") return;
    const by = { at: new Date(nowMs).toISOString(), who: "operator" };
    const isPaused = desk.pauses.stored !== undefined;
    const to = desk.switches.isOn("import-dead-letters") ? "off" : "on";
    this.atSwitches = random.chance(0.5)
      ? this.people(`switch dead letters ${to}`, async ({ switches }) => void (await switchDeadLetters(switches, to)))
      : this.people(isPaused ? "resume all" : "pause all", async (ports) => {
          await (isPaused ? resumeAll(ports) : pauseAll(ports, by));
        });
  }

  /** While nobody records dead letters people look after them, and some pause what fails. */
  private tendLying(): void {
    const { random, world, desk } = this.simulation;
    const { importDeadLetters, urgentDeadLetters } = world;
    if (desk.switches.isOn("import-dead-letters") || !random.chance(0.3)) return;
    for (const { body } of [...importDeadLetters.messages.values(), ...urgentDeadLetters.messages.values()]) {
      const task = readTask(body);
      if (task?.kind === "import" && random.chance(0.3)) this.pause(task.calendarId, "calendar");
    }
    this.simulation.at(SOON_MS, () => this.redrive());
  }

  private redrive(): void {
    this.people("redrive", async (ports) => {
      await redriveLetters(ports.lanes, ports, { ...this.context(), who: "operator", course: this.course() });
    });
  }

  private replay(letterId: string): void {
    this.people(`replay ${letterId}`, async (ports) => {
      await replayLetter(letterId, ports, { ...this.context(), who: "operator" });
    });
  }

  private replayMany(): void {
    const letters = this.simulation.desk.lettersIn(OPEN);
    if (letters.length === 0) return;
    this.people(`replay ${letters.length} letters`, async (ports) => {
      await replayLetters(letters, ports, { ...this.context(), who: "operator", course: this.course() });
    });
  }

  private mark(): void {
    const { random, desk } = this.simulation;
    const letters = desk.lettersIn([...OPEN, "resolved"]);
    if (letters.length === 0) return;
    const mark = this.markAs(random.chance(0.7) ? "acknowledged" : "discarded");
    if (random.chance(0.5)) return this.markOne(random.pick(letters).letterId, mark);
    this.people(`${mark.state} ${letters.length} letters`, async (ports) => {
      await markLetters(letters.slice(0, 3), mark, ports.letters, this.course());
    });
  }

  private markOne(letterId: string, mark: Mark): void {
    this.people(`${mark.state} ${letterId}`, async (ports) => void (await markLetter(letterId, mark, ports.letters)));
  }

  private markAs(state: Mark["state"]): Mark {
    return { state, who: "operator", why: "seen", now: this.simulation.world.clock.now };
  }

  private remove(): void {
    if (this.removed.size < REMOVED_MOST) this.removeOne(this.calendar());
  }

  private removeOne(calendarId: string): void {
    this.removed.add(calendarId);
    const { newId } = this.simulation.world;
    const process = this.people(`remove ${calendarId}`, async (ports) => {
      const feeds = await removeCalendar(calendarId, ports, newId);
      const isTold = feeds.length === 0 || process.done.includes("exports.sendExports");
      if (!isTold) this.simulation.violate(`${calendarId} was removed and its feeds are not built again`);
    });
  }

  private create(): void {
    if (this.wanted.size >= CREATED_MOST) return;
    const url = this.known.newSource();
    const firstImport = this.simulation.random.pick(["now", "turn"] as const);
    const draft = CalendarDraft.parse({ source: { kind: "url", url }, intervalMinutes: 10, firstImport });
    this.wanted.set(url, "asked");
    this.people(`create ${url}`, async (ports) => {
      await createCalendar(draft, ports, this.context());
      this.wanted.set(url, "told");
    });
  }

  private createFeed(): void {
    if (this.feeds.size >= CREATED_MOST) return;
    const name = `New ${this.feeds.size}`;
    const members = [this.calendar(), this.calendar()].map((calendarId) => ({ calendarId }));
    const { randomBytes } = this.simulation.world;
    this.feeds.set(name, "asked");
    this.people(`create feed ${name}`, async (ports) => {
      await createFeed(FeedDraft.parse({ name, members }), ports, { ...this.context(), randomBytes });
      this.feeds.set(name, "told");
    });
  }

  private download(): void {
    const { random, world } = this.simulation;
    const feedIds = [...world.feeds.metas.keys()];
    const subject = random.chance(0.7) ? { calendarId: this.calendar() } : { feedId: random.pick(feedIds) };
    const window = { from: "2040-01-01", to: "2041-01-01" };
    const request = DownloadRequest.parse({ ...subject, ...window, format: random.pick(["ics", "json", "csv"]) });
    // Somebody who is in a hurry asks twice.
    for (let times = random.between(1, 2); times > 0; times -= 1) {
      this.people("request a download", async (ports) => {
        this.answers.requested(await requestDownload(request, ports, this.context()));
      });
    }
  }

  private cancelDownload(): void {
    const { random, desk, world } = this.simulation;
    const open = [...desk.downloadBook.records.values()].filter(({ state }) => state === "queued" || state === "running");
    if (open.length === 0) return;
    const { downloadId } = random.pick(open);
    this.people(`cancel ${downloadId}`, async ({ downloadBook }) => {
      const { state } = await cancelDownload(downloadId, downloadBook, world.clock.now());
      if (state !== "cancelled") this.simulation.violate(`download ${downloadId} was cancelled and is ${state}`);
    });
  }

  private readonly calendar = (): string => this.simulation.random.pick(this.known.urlCalendars);

  private course(): Course {
    return { isCancelled: () => this.simulation.random.chance(0.1), passed: async () => undefined };
  }

  /** A call of the API or a command: who gets an error reads it, and nothing more happens. */
  private people(name: string, work: (ports: Ports) => Promise<void>): Process {
    return this.simulation.request(name, async (ports) => {
      await work(ports).catch((error: unknown) => {
        rethrowUnlessPassing(error);
        if (error instanceof Refusal) this.refused(name, error);
      });
    });
  }

  /** What is there is not refused as unknown. */
  private refused(name: string, { code, what }: Refusal): void {
    const { calendars } = this.simulation.world;
    const ids = name.split(" ");
    const isThere = ids.some((id) => calendars.isFound(id) && calendars.checkpoints.has(id));
    // What a sound fetch has ended stands no more, though its record may still be there.
    const isHeld = [...calendars.holds.values()].some((hold) => {
      const [calendar, checkpoint] = [calendars.metas.get(hold.calendarId), calendars.checkpoints.get(hold.calendarId)];
      if (!ids.includes(hold.holdId) || calendar === undefined || checkpoint === undefined) return false;
      return !isAnothers(hold, calendar) && !wasEnded(hold, checkpoint);
    });
    const isWrong =
      (code === "calendar-unknown" && isThere) || (code === "hold-unknown" && isHeld) || code === "source-kind-wrong";
    if (isWrong) this.simulation.violate(`${name} was refused: ${what}`);
  }

  private context(): { now: () => Date; newId: () => string } {
    const { clock, newId } = this.simulation.world;
    return { now: clock.now, newId };
  }
}
