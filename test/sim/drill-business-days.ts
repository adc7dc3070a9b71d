/** Turns on weekends: skipped or moved as calendar and task ask for, and nothing that was saved in the same moment is taken back. */
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import { WEEKDAYS } from "../../lib/contract/schedule.ts";
import type { BusinessDays, Weekday } from "../../lib/contract/schedule.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import type { TaskEnd } from "../../lib/core/runs.ts";
import { importCalendar } from "../../lib/sync/import-calendar.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import type { Drill, Pupil } from "./drill.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MINUTES = 1440;
const DAY_MS = 24 * HOUR_MS;
/** No summer time, and its day ends in the afternoon of UTC's. */
const ZONE = "Asia/Seoul";
const OFFSET_MS = 9 * HOUR_MS;

/** A task's fields, the calendar's days, and what comes of it. */
type Case = {
  readonly name: string;
  readonly reason: ImportTask["reason"];
  /** Its due minute; a one-off task has none. */
  readonly turn?: number;
  readonly days: Partial<BusinessDays> | undefined;
  readonly schedule?: Calendar["schedule"];
  readonly checkpoint?: Partial<Checkpoint>;
  readonly wanted: "asked" | "skipped" | "moved";
  /** When the next task is let through, UTC milliseconds; absent where any is. */
  readonly opensMs?: number;
};

export async function drillBusinessDays(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const kept = { calendar: pupil.calendar, checkpoint: pupil.checkpoint };
  for (const one of casesOf(drill)) await drillCase(drill, pupil, one, kept);
  await drillSavedMeanwhile(drill, pupil, kept);
  await drillMovedBrokenOff(drill, pupil, kept);
  put(drill, kept.calendar, kept.checkpoint);
}

function casesOf({ simulation }: Drill): Case[] {
  const turn = Math.floor(simulation.nowMs / MINUTE_MS);
  const [today, yesterday, tomorrow] = [weekdayOf(turn), weekdayOf(turn - DAY_MINUTES), weekdayOf(turn + DAY_MINUTES)];
  const opensMs = endOfDay(turn);
  const skip: BusinessDays["policy"] = "skip";
  const next: BusinessDays["policy"] = "next";
  const off = { weekend: [today] };
  const [daily, weekly] = [cronAt(turn, "*"), cronAt(turn, String(WEEKDAYS.indexOf(today)))];
  const far = new Date(opensMs + DAY_MS).toISOString();
  return [
    { name: "a calendar of every day", reason: "tick", turn, days: undefined, wanted: "asked" },
    { name: "a business day", reason: "tick", turn, days: { weekend: [yesterday, tomorrow], policy: skip }, wanted: "asked" },
    { name: "a weekend", reason: "tick", turn, days: { ...off, policy: skip }, wanted: "skipped", opensMs },
    { name: "a weekend by its interval", reason: "tick", turn, days: { ...off, policy: next }, wanted: "skipped", opensMs },
    { name: "a weekend, as a person asks", reason: "sync-now", days: { ...off, policy: skip }, wanted: "asked" },
    { name: "a weekend, as somebody replays", reason: "replay", days: { ...off, policy: next }, wanted: "asked" },
    {
      name: "a turn of yesterday's business day",
      reason: "tick",
      turn: turn - DAY_MINUTES,
      days: { ...off, policy: skip },
      wanted: "asked",
    },
    {
      name: "a turn of yesterday's weekend",
      reason: "tick",
      turn: turn - DAY_MINUTES,
      days: { weekend: [yesterday], policy: skip },
      wanted: "skipped",
      opensMs: opensMs - DAY_MS,
    },
    {
      name: "a weekend, while its source is left alone for longer",
      reason: "cron",
      turn,
      days: { ...off, policy: skip },
      checkpoint: { notBefore: far },
      wanted: "skipped",
      opensMs: opensMs + DAY_MS,
    },
    { name: "a cron time", reason: "cron", turn, days: { ...off, policy: skip }, schedule: weekly, wanted: "skipped", opensMs },
    { name: "a weekly cron time", reason: "cron", turn, days: { ...off, policy: next }, schedule: weekly, wanted: "moved" },
    { name: "a daily cron time", reason: "cron", turn, days: { ...off, policy: next }, schedule: daily, wanted: "skipped" },
    { name: "a reservation", reason: "reservation", days: { ...off, policy: skip }, wanted: "skipped" },
    { name: "a reservation that moves", reason: "reservation", days: { ...off, policy: next }, wanted: "moved" },
    {
      name: "a reservation that moves to a turn",
      reason: "reservation",
      days: { ...off, policy: next },
      schedule: daily,
      wanted: "moved",
    },
  ];
}

type Kept = { readonly calendar: Calendar; readonly checkpoint: Checkpoint };

async function drillCase(drill: Drill, pupil: Pupil, one: Case, kept: Kept): Promise<void> {
  const { reservations } = drill.simulation.world;
  arrange(drill, one, kept);
  const asked = pupil.source.served.length;
  const saved = pupil.checkpoint;
  const { task, end, calls } = await work(drill, pupil, one);
  const isAsked = pupil.source.served.length > asked;
  const { name, wanted } = one;
  drill.must(isAsked === (wanted === "asked"), `${name}: its source was${isAsked ? "" : " not"} asked, wanted it ${wanted}`);
  const booked = [...reservations.records.values()];
  drill.must(booked.length === (wanted === "moved" ? 1 : 0), `${name}: ${booked.length} turns are moved, wanted it ${wanted}`);
  const [moved] = booked;
  if (moved !== undefined) mustBeTomorrow(drill, one, Date.parse(moved.dueAt), moved.turn);
  const status = end?.kind === "done" ? end.status : "retry";
  if (wanted !== "asked") {
    if (task.turn === undefined) mustHaveRun(drill, pupil, one, task, status);
    else mustBeClosed(drill, pupil, one, status);
    drill.must(task.turn !== undefined || pupil.checkpoint === saved, `${name}: a task without a turn closed one`);
    const writes = calls.filter((method) => method === "calendars.save" || method === "calendars.putRun").length;
    drill.must(writes === 1, `${name}: it took ${writes} writes`);
  }
  clearBookings(drill);
}

/** Whoever made the reservation is told what became of it. */
function mustHaveRun(drill: Drill, { calendarId }: Pupil, one: Case, { taskId }: ImportTask, status: string): void {
  const run = drill.simulation.world.calendars.runs.get(`${calendarId} ${taskId}`);
  const said = one.wanted === "moved" ? "deferred" : "skipped";
  drill.must(status === said && run?.status === said, `${one.name}: it is ${status}, its run ${run?.status}, wanted ${said}`);
  mustSayWhy(drill, one, run?.code, run?.detail);
}

function mustBeClosed(drill: Drill, { checkpoint }: Pupil, one: Case, status: string): void {
  const { lastTurn, outcome, notBefore } = checkpoint;
  drill.must(status === "skipped" && lastTurn === one.turn, `${one.name}: it is ${status}, the last turn ${lastTurn}`);
  mustSayWhy(drill, one, outcome?.code, outcome?.reason);
  const opens = one.opensMs === undefined ? undefined : new Date(one.opensMs).toISOString();
  drill.must(notBefore === opens, `${one.name}: no turn is sent before ${notBefore}, wanted ${opens}`);
}

/** A day later at the same local time; there it is the turn of that minute. */
function mustBeTomorrow(drill: Drill, { name, turn }: Case, dueMs: number, movedTo: number | undefined): void {
  const wanted = turn === undefined ? undefined : turn + DAY_MINUTES;
  drill.must(movedTo === wanted, `${name}: it is the turn ${movedTo} of its day, wanted ${wanted}`);
  const awayMs = dueMs - (turn === undefined ? drill.simulation.nowMs : turn * MINUTE_MS) - DAY_MS;
  drill.must(Math.abs(awayMs) <= MINUTE_MS, `${name}: it is moved to ${new Date(dueMs).toISOString()}`);
}

function mustSayWhy(drill: Drill, { name, schedule, days, reason }: Case, code = "nothing", text = "nothing"): void {
  drill.must(code === "not-business-day", `${name}: why there was no turn is told as ${code}`);
  const isMoved = days?.policy === "next" && reason !== "tick";
  const isSaid = text.includes(isMoved ? "the turn was moved to" : "the turn was skipped") && text.includes(`in ${ZONE}`);
  drill.must(isSaid, `${name}, ${schedule?.kind ?? "interval"}: it says "${text}"`);
}

/** An attempt that fails, a host that says later: what is saved between a turn's look and its save stands. */
async function drillSavedMeanwhile(drill: Drill, pupil: Pupil, kept: Kept): Promise<void> {
  const { calendars } = drill.simulation.world;
  const one = casesOf(drill).find(({ name }) => name === "a weekend");
  if (one === undefined) throw new Error("no turn on a weekend");
  const at = (): string => drill.simulation.world.clock.now().toISOString();
  const rivals: readonly (readonly [name: string, facts: () => Partial<Checkpoint>])[] = [
    ["an attempt fails", () => ({ attempts: 1, outcome: { status: "failed", at: at(), code: "source-timeout" } })],
    [
      "its host says later",
      () => ({
        deferrals: 1,
        deferredSince: at(),
        notBefore: new Date(drill.simulation.nowMs + 2 * HOUR_MS).toISOString(),
        outcome: { status: "deferred", at: at(), code: "source-throttled" },
      }),
    ],
  ];
  for (const [name, factsAt] of rivals) {
    arrange(drill, one, kept);
    let saved = pupil.checkpoint;
    const rival = {
      name,
      work: async (): Promise<void> => {
        await Promise.resolve(drill.simulation.skip(1000));
        saved = { ...pupil.checkpoint, ...factsAt() };
        calendars.checkpoints.set(pupil.calendarId, saved);
      },
    };
    await interpose(drill, { at: "calendars.save", rival }, async () => void (await work(drill, pupil, one)));
    const { attempts, deferrals, outcome } = pupil.checkpoint;
    const isLeft = attempts === saved.attempts && deferrals === saved.deferrals && outcome?.at === saved.outcome?.at;
    drill.must(isLeft, `${name} on a weekend, and the skipped turn takes it back: ${JSON.stringify(outcome)}`);
  }
}

/** A worker that dies while it moves a turn leaves it to the next delivery: the turn is there tomorrow, once. */
async function drillMovedBrokenOff(drill: Drill, pupil: Pupil, kept: Kept): Promise<void> {
  const { reservations } = drill.simulation.world;
  let one: Case | undefined;
  await breakOffEverywhere(drill, {
    name: "move turn",
    before: async () => {
      await Promise.resolve(clearBookings(drill));
      // No two starts lie within one pace of their host.
      drill.simulation.skip(MINUTE_MS);
      one = casesOf(drill).find(({ name }) => name === "a weekly cron time");
      if (one !== undefined) arrange(drill, one, kept);
    },
    whose: ({ task }) => task?.kind === "import",
    work: async (ports) => {
      const task = taskOf(drill, pupil, one);
      await ports.imports.sendImports([{ task, host: pupil.host ?? "none", delaySeconds: 0 }]);
    },
    after: (where) => {
      const { lastTurn } = pupil.checkpoint;
      drill.must(lastTurn === one?.turn, `turn ${one?.turn} was moved, the last one is ${lastTurn}: ${where}`);
      const [moved, ...more] = reservations.schedules.values();
      const isOnce = moved?.turn.turn === (one?.turn ?? 0) + DAY_MINUTES && more.length === 0;
      drill.must(isOnce, `a turn was moved to ${moved?.turn.turn} and ${more.length} more: ${where}`);
    },
  });
  clearBookings(drill);
}

function arrange(drill: Drill, { days, schedule, checkpoint, turn = 0 }: Case, kept: Kept): void {
  const businessDays: BusinessDays | undefined = days && { weekend: [], policy: "skip", zone: ZONE, ...days };
  const { notBefore: _notBefore, ...rest } = kept.checkpoint;
  const lastTurn = turn === 0 ? rest.lastTurn : turn - 1;
  put(drill, { ...kept.calendar, businessDays, schedule }, { ...rest, lastTurn, ...checkpoint });
}

function put({ simulation }: Drill, calendar: Calendar, checkpoint: Checkpoint): void {
  simulation.world.calendars.metas.set(calendar.calendarId, calendar);
  simulation.world.calendars.checkpoints.set(calendar.calendarId, checkpoint);
}

function clearBookings({ simulation }: Drill): void {
  simulation.world.reservations.records.clear();
  simulation.world.reservations.schedules.clear();
}

type Worked = { readonly task: ImportTask; readonly end: TaskEnd | undefined; readonly calls: readonly string[] };

/** A worker has the task, at one instant: the minute's own for a one-off, so that it could meet a turn. */
async function work(drill: Drill, pupil: Pupil, one: Case): Promise<Worked> {
  const { world, nowMs, random } = drill.simulation;
  const task = taskOf(drill, pupil, one);
  const isOff = one.wanted !== "asked" && one.turn === undefined;
  const atMs = isOff ? Math.floor(nowMs / MINUTE_MS) * MINUTE_MS : nowMs;
  let end: TaskEnd | undefined;
  const { done } = drill.simulation.spawn(
    `import ${task.taskId}`,
    async (ports, { controller }) => {
      end = await importCalendar(task, ports, {
        now: () => new Date(atMs),
        random: () => random.next(),
        newId: world.newId,
        signal: controller.signal,
        attempts: 5,
        receives: 2,
      });
    },
    { task, deadLetters: world.importDeadLetters, receives: 2 },
  );
  await drill.course.drain();
  return { task, end, calls: done };
}

function taskOf({ simulation }: Drill, { calendarId }: Pupil, one: Case | undefined): ImportTask {
  const startAt = new Date(simulation.nowMs).toISOString();
  const { turn, reason = "tick" } = one ?? {};
  const taskId = turn === undefined ? `${startAt}~${simulation.world.newId()}` : `${calendarId}@${turn}`;
  return { version: 1, kind: "import", taskId, calendarId, startAt, reason, ...(turn === undefined ? {} : { turn }) };
}

function weekdayOf(minute: number): Weekday {
  return WEEKDAYS[new Date(minute * MINUTE_MS + OFFSET_MS).getUTCDay()] ?? "SU";
}

function endOfDay(minute: number): number {
  return Math.ceil((minute * MINUTE_MS + OFFSET_MS + 1) / DAY_MS) * DAY_MS - OFFSET_MS;
}

/** Due at this minute's local time, on these weekdays. */
function cronAt(minute: number, weekdays: string): Calendar["schedule"] {
  const local = new Date(minute * MINUTE_MS + OFFSET_MS);
  return { kind: "cron", expression: `${local.getUTCMinutes()} ${local.getUTCHours()} * * ${weekdays}`, zone: ZONE };
}
