/** Follows Calferry: hears messages, and asks for what is missing, when it starts, after a while, and now and then. */
import { Refused } from "./calferry.ts";
import type { Calferry } from "./calferry.ts";
import type { Config } from "./config.ts";
import { advance, emptyCopy, hasGap, takeIn } from "./copy.ts";
import type { Message } from "./copy.ts";
import type { Calendar, Store } from "./store.ts";

/** Your copy's version is too old, or one that the calendar never had. */
const BEGIN_ANEW = new Set(["snapshot-needed", "version-ahead"]);

export class Follower {
  readonly #store: Store;
  readonly #calferry: Calferry;
  readonly #config: Config;
  readonly #asking = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(store: Store, calferry: Calferry, config: Config) {
    this.#store = store;
    this.#calferry = calferry;
    this.#config = config;
  }

  /** Resolves when the message is stored: only then may SNS be told that it came. */
  async hear(message: Message): Promise<void> {
    const calendar = Object.values(this.#store.calendars).find(({ id }) => id === message.externalId);
    if (calendar === undefined) return;
    takeIn(calendar.copy, message);
    advance(calendar.copy);
    await this.#store.save();
    if (hasGap(calendar.copy)) this.#askSoon(calendar, "if-gap");
  }

  /** At the start and each hour: the message that was lost may have been the last one. */
  async askAll(): Promise<void> {
    for (const calendar of Object.values(this.#store.calendars)) await this.ask(calendar);
  }

  /** Asks for what came after the copy's version; while that goes on, whoever asks again gets the same answer. */
  async ask(calendar: Calendar): Promise<void> {
    const running = this.#asking.get(calendar.id) ?? this.#fill(calendar).finally(() => this.#asking.delete(calendar.id));
    this.#asking.set(calendar.id, running);
    await running.catch((error: unknown) => {
      console.error(
        `calendar ${calendar.id} is asked for again later: ${error instanceof Error ? error.message : String(error)}`,
      );
      // A refusal is the same in a few seconds; nobody answering may not be.
      if (!(error instanceof Refused)) this.#askSoon(calendar, "anyway");
    });
  }

  #askSoon(calendar: Calendar, when: "if-gap" | "anyway"): void {
    if (this.#timers.has(calendar.id)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(calendar.id);
      const isStillThere = this.#store.calendars[calendar.id] === calendar;
      // The step may have come whole in the meantime.
      if (isStillThere && (when === "anyway" || hasGap(calendar.copy))) void this.ask(calendar);
    }, this.#config.gapMs);
    this.#timers.set(calendar.id, timer.unref());
  }

  async #fill(calendar: Calendar): Promise<void> {
    if (calendar.calendarId === undefined) return;
    try {
      await this.#read(calendar, calendar.copy.version);
    } catch (error) {
      if (!(error instanceof Refused) || !BEGIN_ANEW.has(error.problem.code)) throw error;
      await this.#read(calendar, 0);
    }
  }

  /** From 0 it is the whole content: the old copy stays until the new one is complete. */
  async #read(calendar: Calendar, from: number): Promise<void> {
    const isAnew = from !== calendar.copy.version;
    const copy = isAnew ? emptyCopy() : calendar.copy;
    let cursor: string | undefined;
    do {
      const page = await this.#calferry.changes(calendar.calendarId ?? "", from, cursor);
      for (const message of page.items) takeIn(copy, message);
      cursor = page.cursor;
    } while (cursor !== undefined);
    if (isAnew) calendar.copy = { ...copy, steps: { ...calendar.copy.steps, ...copy.steps } };
    advance(calendar.copy);
    await this.#store.save();
  }
}
