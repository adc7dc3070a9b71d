/** What each process has seen: the calendar as it read it, the cooldown it knew of, what the source answered it. */
import type { Checkpoint, Hold } from "../../lib/contract/checkpoint.ts";
import type { FailureCode } from "../../lib/contract/code.ts";
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { Fetched, FetchRequest } from "../../lib/sync/import-calendar.ts";
import { isAnothers, isStanding } from "../../lib/core/hold.ts";
import type { Process, Simulation } from "./simulation.ts";

/** What a source answered one request. */
export type Heard = {
  readonly atMs: number;
  readonly request: FetchRequest;
  readonly kind: Fetched["kind"];
  readonly body: string | undefined;
  readonly code: FailureCode | undefined;
};
export type Seen = {
  readonly calendar: Calendar;
  readonly checkpoint: Checkpoint;
  /** Undefined where a sound fetch ended it and only its removal is missing. */
  readonly hold: Hold | undefined;
  /** The hold's record, whether it stands or not. */
  readonly stored: Hold | undefined;
  readonly atMs: number;
};

/** `until`: end of the cooldown, which may be over. */
export type Look = { readonly atMs: number; readonly until: string | undefined };

export class Witness {
  /** Asked before each request to a source. */
  asked: ((process: Process, request: FetchRequest) => void) | undefined;
  private readonly simulation: Simulation;
  private readonly reads = new Map<number, Seen>();
  /** Whether a calendar was paused in each read of it, by process and calendar. */
  private readonly paused = new Map<string, boolean>();
  private readonly looks = new Map<number, Look>();
  private readonly answers = new Map<number, Heard>();

  constructor(simulation: Simulation) {
    this.simulation = simulation;
    this.watchLoads();
    this.watchLooks();
    this.watchFetches();
  }

  /** The calendar as the process last read it. */
  seen({ id }: Process): Seen | undefined {
    return this.reads.get(id);
  }

  /** Whether the process never read the calendar but paused. */
  sawPaused({ id }: Process, calendarId: string): boolean {
    return this.paused.get(`${id} ${calendarId}`) === true;
  }

  /** The process's last look whether its host cools down. */
  look({ id }: Process): Look | undefined {
    return this.looks.get(id);
  }

  heard({ id }: Process): Heard | undefined {
    return this.answers.get(id);
  }

  private watchLoads(): void {
    const { calendars } = this.simulation.world;
    const load = calendars.load.bind(calendars);
    calendars.load = async (calendarId) => {
      const { actor, nowMs } = this.simulation;
      const [calendar, checkpoint] = [calendars.metas.get(calendarId), calendars.checkpoints.get(calendarId)];
      const hold = calendars.holds.get(calendarId);
      // Whoever imports a calendar may look into one of holidays.
      const isOther = actor?.task?.kind === "import" && actor.task.calendarId !== calendarId;
      if (actor !== undefined && !isOther && calendar !== undefined && checkpoint !== undefined) {
        const key = `${actor.id} ${calendarId}`;
        this.paused.set(key, calendar.state === "paused" && this.paused.get(key) !== false);
        // No copy: whoever writes a record puts another in its place.
        this.reads.set(actor.id, { calendar, checkpoint, stored: hold, hold: standing(hold, calendar, checkpoint), atMs: nowMs });
      }
      return await load(calendarId);
    };
  }

  private watchLooks(): void {
    const { hosts } = this.simulation.world;
    const cooldownUntil = hosts.cooldownUntil.bind(hosts);
    hosts.cooldownUntil = async (host) => {
      const { actor, nowMs } = this.simulation;
      const until = hosts.stored.get(host)?.cooldownUntil;
      if (actor !== undefined) this.looks.set(actor.id, { atMs: nowMs, until });
      return await cooldownUntil(host);
    };
  }

  private watchFetches(): void {
    const { sources } = this.simulation.world;
    const fetch = sources.fetch.bind(sources);
    sources.fetch = async (request) => {
      const { actor, nowMs } = this.simulation;
      if (actor !== undefined) this.asked?.(actor, request);
      const answer = fetch(request);
      const served = sources.byUrl.get(request.url.href)?.served.at(-1);
      if (actor !== undefined && served !== undefined) {
        this.answers.set(actor.id, { atMs: nowMs, request, kind: served.kind, body: served.body, code: served.code });
      }
      return await answer;
    };
  }
}

/** Undefined where a sound fetch or a move has ended it, and only its removal is missing. */
function standing(hold: Hold | undefined, calendar: Calendar, { fetchedAt }: Checkpoint): Hold | undefined {
  return hold === undefined || isAnothers(hold, calendar) || !isStanding(hold, fetchedAt) ? undefined : hold;
}
