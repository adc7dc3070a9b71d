/** A hand that slipped, or a service that forgot: one of two records that belong together is gone, a follow-up was never sent. */
import type { ExportTask } from "../../lib/contract/task.ts";
import type { Ledger } from "./ledger.ts";
import type { Observer } from "./observer.ts";
import type { Simulation } from "./simulation.ts";

export class Slips {
  private readonly simulation: Simulation;
  private readonly ledger: Ledger;
  private readonly observer: Observer;

  constructor(simulation: Simulation, ledger: Ledger, observer: Observer) {
    this.simulation = simulation;
    this.ledger = ledger;
    this.observer = observer;
  }

  minute(): void {
    const { random } = this.simulation;
    const slips = [
      () => this.losePointer(),
      () => this.keepPointer(),
      () => this.keepMember(),
      () => this.loseKey(),
      () => this.keepKey(),
      () => this.loseExport(),
      () => this.owe(),
      () => this.changePolicy(),
    ];
    if (random.chance(0.2)) random.pick(slips)();
  }

  /** A member's reverse pointer. */
  private losePointer(): void {
    const { random, world } = this.simulation;
    const pointers = [...world.calendars.pointers.values()].filter(({ size }) => size > 0);
    if (pointers.length === 0) return;
    const own = random.pick(pointers);
    own.delete(random.pick([...own]));
    this.note("a reverse pointer is lost");
  }

  /** A pointer to a feed that its calendar is no member of any more. */
  private keepPointer(): void {
    const { random, world } = this.simulation;
    const [calendarId, feedId] = [random.pick([...world.calendars.metas.keys()]), random.pick([...world.feeds.metas.keys()])];
    if (world.feeds.members.get(feedId)?.has(calendarId) === true) return;
    this.note(`${calendarId} points to feed ${feedId}`);
    void world.calendars.putFeedPointer(calendarId, feedId);
  }

  /** A member whose calendar was removed. */
  private keepMember(): void {
    const { random, world } = this.simulation;
    const members = random.pick([...world.feeds.members.values()]);
    const [member] = members.values();
    if (member === undefined) return;
    this.note("a feed keeps a calendar that is no more");
    members.set("nobody", { ...member, calendarId: "nobody" });
  }

  /** The place on the wheel of whoever has one. */
  private loseKey(): void {
    const { random, world } = this.simulation;
    const calendarId = random.pick([...world.calendars.checkpoints.keys()]);
    this.note(`${calendarId} falls off the wheel`);
    void world.calendars.leaveWheel(calendarId);
  }

  /** A place on the wheel for whoever should have none. */
  private keepKey(): void {
    const { random, world } = this.simulation;
    const { metas } = world.calendars;
    const calendarId = random.pick([...world.calendars.checkpoints.keys()]);
    if (metas.get(calendarId)?.state === "active" && metas.get(calendarId)?.source.kind === "url") return;
    this.note(`${calendarId} is put on the wheel`);
    void world.calendars.enterWheel(calendarId, "10#3#0");
  }

  /** The task that would have built a feed; the sweep has it built, but of what an owner reserved nobody else can say how it ended. */
  private loseExport(): void {
    const { random, world } = this.simulation;
    const messages = [...world.exports.messages.values()].filter(({ body }) => !body.includes('"reason":"reservation"'));
    if (messages.length === 0) return;
    const { messageId, body } = random.pick(messages);
    const task: ExportTask = JSON.parse(body);
    this.ledger.stopped(task.taskId, "gone");
    this.note(`export ${task.taskId} is lost`);
    world.exports.acknowledge(messageId);
  }

  /** What a commit promised, promised once more, and nobody who knows of it. */
  private owe(): void {
    const { random, world } = this.simulation;
    const { checkpoints } = world.calendars;
    const checkpoint = checkpoints.get(random.pick([...checkpoints.keys()]));
    if (checkpoint === undefined || checkpoint.pending !== undefined) return;
    const { calendarId, calendarVersion: version } = checkpoint;
    const changesKey = this.observer.committed.get(calendarId)?.get(version);
    if (changesKey === undefined) return;
    this.note(`${calendarId} owes version ${version} again`);
    checkpoints.set(calendarId, { ...checkpoint, pending: { version, changesKey, cursor: 0 } });
  }

  /** Another policy: what was read before would be read otherwise now. */
  private changePolicy(): void {
    const { random, world } = this.simulation;
    const calendar = random.pick([...world.calendars.metas.values()]);
    const pastEvents = calendar.policy.pastEvents === "keep" ? "mirror" : "keep";
    this.note(`${calendar.calendarId} is to ${pastEvents} past events`);
    world.calendars.metas.set(calendar.calendarId, { ...calendar, policy: { ...calendar.policy, pastEvents } });
  }

  private note(text: string): void {
    this.simulation.note(`slip: ${text}`);
  }
}
