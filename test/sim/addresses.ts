/** What one address answered is never sent to another, and is no calendar's content any more once its move to another was answered. */
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import type { Process, Simulation } from "./simulation.ts";

export class Addresses {
  private readonly simulation: Simulation;
  /** Whether somebody may be moving it right now. */
  private readonly isMoving: (calendarId: string) => boolean;
  /** Address that each process asked last. */
  private readonly asked = new Map<number, string>();
  /** Addresses that gave what the calendar, or its hold, sends the next time. */
  private readonly given = new Map<string, string>();
  private readonly held = new Map<string, string>();
  /** These two as each process read the calendar. */
  private readonly known = new Map<number, ReadonlySet<string | undefined>>();

  constructor(simulation: Simulation, isMoving: (calendarId: string) => boolean) {
    this.simulation = simulation;
    this.isMoving = isMoving;
    this.watchLoads();
    this.watchFetches();
    this.watchSaves();
  }

  private watchLoads(): void {
    const { calendars } = this.simulation.world;
    const load = calendars.load.bind(calendars);
    calendars.load = async (calendarId) => {
      const { actor } = this.simulation;
      if (actor !== undefined) this.known.set(actor.id, new Set([this.given.get(calendarId), this.held.get(calendarId)]));
      return await load(calendarId);
    };
  }

  private watchFetches(): void {
    const { sources } = this.simulation.world;
    const fetch = sources.fetch.bind(sources);
    sources.fetch = async (request) => {
      const { actor } = this.simulation;
      const { href } = request.url;
      if (actor?.task?.kind === "import") {
        const { calendarId } = actor.task;
        this.asked.set(actor.id, href);
        const known = this.known.get(actor.id);
        if (request.etag !== undefined && known?.has(href) !== true)
          this.simulation.violate(`${href} was asked for ${calendarId} with the ETag of ${[...(known ?? [])].join(" or ")}`);
      }
      return await fetch(request);
    };
  }

  private watchSaves(): void {
    const { calendars } = this.simulation.world;
    const [save, putHold] = [calendars.save.bind(calendars), calendars.putHold.bind(calendars)];
    calendars.putHold = async (hold) => {
      const href = this.asked.get(this.simulation.actor?.id ?? 0);
      if (href !== undefined) this.held.set(hold.calendarId, href);
      await putHold(hold);
    };
    calendars.save = async (checkpoint, expected) => {
      const before = calendars.checkpoints.get(checkpoint.calendarId)?.fetchedAt;
      const end = await save(checkpoint, expected);
      const { actor } = this.simulation;
      if (end === "saved" && actor !== undefined && checkpoint.fetchedAt !== before) this.saved(checkpoint, actor);
      return end;
    };
  }

  private saved({ calendarId, outcome }: Checkpoint, { id, name }: Process): void {
    const href = name.startsWith("approve") ? this.held.get(calendarId) : this.asked.get(id);
    if (href === undefined || outcome?.status === "held") return;
    this.given.set(calendarId, href);
    const source = this.simulation.world.calendars.metas.get(calendarId)?.source;
    const isPresent = source?.kind !== "url" || source.url === href;
    if (isPresent || name.startsWith("approve") || this.isMoving(calendarId)) return;
    this.simulation.violate(`${name} took the word of ${href} for ${calendarId}, which was moved to ${source.url}`);
  }
}
