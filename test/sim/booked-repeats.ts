/** Owners who have downloads repeated and end that again, while Scheduler calls: each repeat that stands is called, one that was ended is not. */
import { RepeatDraft } from "../../lib/contract/repeat.ts";
import type { Repeat, RepeatView } from "../../lib/contract/repeat.ts";
import { createRepeat, listRepeats, removeRepeat } from "../../lib/sync/repeat-download.ts";
import type { MemoryRepeats } from "../sync/memory-downloads.ts";
import type { Counter } from "./counter.ts";
import { ownerOfFound } from "./found.ts";
import type { Insistent } from "./insistent.ts";

/** Each call is a download, and to read an expression takes its time: more would be all that a world does. */
const MADE_MOST = 5;
const CRONS = ["*/20 * * * *", "7,37 * * * *", "12 * * * *"];
/** Small ones: nothing happens in these worlds for so long. */
const DAYS = 30;

export class BookedRepeats {
  private readonly counter: Counter;
  private readonly insistent: Insistent;
  private readonly repeats: MemoryRepeats;
  private asked = 0;
  /** Repeats that somebody was told of. */
  private readonly told = new Set<string>();
  /** Repeats that somebody asked to be ended. */
  private readonly ending = new Set<string>();
  /** Repeats whose subject was gone when they were called. */
  private readonly gone = new Set<string>();

  constructor(counter: Counter, insistent: Insistent) {
    this.counter = counter;
    this.insistent = insistent;
    this.repeats = counter.simulation.desk.repeats;
  }

  make(): void {
    const { counter } = this;
    this.asked += 1;
    if (this.asked > MADE_MOST) return this.end();
    const draft = this.draft();
    const callerId = counter.random.chance(0.1) ? "somebody" : "default";
    this.insistent.ask(
      `repeat a download at ${draft.every.cron}`,
      async (ports) => {
        const made = await createRepeat(draft, ports, { ...counter.context(), callerId });
        this.told.add(made.repeatId);
        this.mustStand(made, draft, callerId);
      },
      ({ code, what }) => {
        const isHidden = ownerOfFound(counter.simulation, draft) !== callerId;
        const reasons: Readonly<Record<string, boolean>> = {
          "calendar-unknown": isHidden && draft.feedId === undefined,
          "feed-unknown": isHidden && draft.feedId !== undefined,
          // It may be built just now.
          "feed-unbuilt": draft.feedId !== undefined,
        };
        counter.must(reasons[code] === true, `a repeat was refused as ${code}: ${what}`);
      },
    );
  }

  end(repeatId = this.some()): void {
    const { counter, repeats } = this;
    this.ending.add(repeatId);
    this.insistent.ask(
      `end repeat ${repeatId}`,
      async (ports) => {
        const wasMade = this.told.has(repeatId);
        await removeRepeat(repeatId, ports);
        counter.must(!repeats.stored.has(repeatId), `repeat ${repeatId} was ended and is there`);
        counter.must(!(wasMade && this.isCalled(repeatId)), `repeat ${repeatId} was ended and is called`);
      },
      ({ code, what }) => counter.must(code === "repeat-unknown" && !repeats.stored.has(repeatId), `${what}, and it is there`),
    );
  }

  /** What somebody made of its call. */
  called(repeatId: string, end: string): void {
    const { counter, repeats } = this;
    if (end === "gone") {
      counter.must(!repeats.stored.has(repeatId), `repeat ${repeatId} is said to be gone and is there`);
      this.gone.add(repeatId);
    }
  }

  list(ownerId: string): void {
    const { counter, repeats } = this;
    counter.ask(`list repeats of ${ownerId}`, async (ports) => {
      const told = [...this.told].filter((id) => repeats.stored.has(id));
      const { items } = await listRepeats(ownerId, { limit: 100, cursor: undefined }, ports.repeats, counter.context().now());
      counter.must(
        items.every((item) => item.ownerId === ownerId),
        `${ownerId} sees repeats of others`,
      );
      if (ownerId === "default") {
        const missing = told.filter((id) => repeats.stored.has(id) && items.every(({ repeatId }) => repeatId !== id));
        counter.must(missing.length === 0, `repeats ${missing.join()} are not in the list`);
      }
    });
  }

  /** At rest: whatever stands is called, whatever is called stands, and nothing stands that somebody has ended. */
  checkRest(): void {
    const { counter, repeats } = this;
    for (const { repeatId, ownerId, subject } of repeats.stored.values()) {
      counter.must(!this.ending.has(repeatId), `repeat ${repeatId} was ended and is there`);
      const isCalled = repeats.standing.has(`${ownerId}.${repeatId}`);
      counter.must(isCalled || !this.isFound(subject), `repeat ${repeatId} is there and nothing calls it`);
    }
    for (const name of repeats.standing) {
      const repeatId = name.slice(name.indexOf(".") + 1);
      counter.must(repeats.stored.has(repeatId), `repeat ${repeatId} is called and is not there`);
    }
    for (const repeatId of this.told) {
      const isLeft = repeats.stored.has(repeatId) || this.ending.has(repeatId) || this.gone.has(repeatId);
      counter.must(isLeft, `repeat ${repeatId} was made and is not there`);
    }
  }

  private some(): string {
    const ids = [...this.repeats.stored.keys()];
    return ids.length === 0 ? "nobody" : this.counter.random.pick(ids);
  }

  private draft(): RepeatDraft {
    const { random, simulation, weather } = this.counter;
    const feedIds = [...simulation.world.feeds.metas.keys()];
    const of = random.chance(0.3)
      ? { feedId: random.pick(feedIds) }
      : { calendarId: random.pick([...weather.urlCalendars, "nobody"]) };
    return RepeatDraft.parse({ ...of, format: "csv", days: DAYS, every: { cron: random.pick(CRONS) } });
  }

  /** Unless somebody has ended it, or its subject is gone. */
  private mustStand(made: RepeatView, draft: RepeatDraft, callerId: string): void {
    const { counter } = this;
    const { repeatId, ownerId, subject, every } = made;
    const isAsked = subject.id === (draft.calendarId ?? draft.feedId) && every.cron === draft.every.cron;
    counter.must(
      isAsked && ownerId === callerId,
      `a repeat of ${subject.id} at ${every.cron} for ${ownerId} was made for ${callerId}`,
    );
    if (this.ending.has(repeatId) || !this.isFound(subject)) return;
    counter.must(this.repeats.stored.has(repeatId), `repeat ${repeatId} was made and is not there`);
    counter.must(this.isCalled(repeatId), `repeat ${repeatId} was made and nothing calls it`);
  }

  private isFound({ kind, id }: Repeat["subject"]): boolean {
    return ownerOfFound(this.counter.simulation, kind === "calendar" ? { calendarId: id } : { feedId: id }) !== undefined;
  }

  private isCalled(repeatId: string): boolean {
    return [...this.repeats.standing].some((name) => name.endsWith(`.${repeatId}`));
  }
}
