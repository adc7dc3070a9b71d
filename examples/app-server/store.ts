/** The app's database: users and their calendars in one JSON file, replaced as a whole. Yours has tables and transactions. */
import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";

import type { Copy } from "./copy.ts";

export type User = {
  readonly userId: string;
  readonly name: string;
  readonly salt: string;
  /** scrypt of the password. */
  readonly passwordHash: string;
  /** The calendar that the app itself writes; its id in `calendars`. */
  readonly ownCalendar: string;
  feedId?: string;
};
export type Calendar = {
  /** The app's own id, and Calferry's `externalId`: it is known before Calferry knows of the calendar. */
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** Absent for the one that the app writes. Many are secrets. */
  readonly url?: string;
  /** Absent until Calferry has answered. */
  calendarId?: string;
  copy: Copy;
};

type Data = { users: Record<string, User>; calendars: Record<string, Calendar> };

export class Store {
  readonly #file: string;
  readonly #data: Data;
  #saved: Promise<void> = Promise.resolve();
  #isWaiting = false;

  constructor(file: string) {
    this.#file = file;
    this.#data = load(file);
  }

  get users(): Data["users"] {
    return this.#data.users;
  }

  get calendars(): Data["calendars"] {
    return this.#data.calendars;
  }

  calendarsOf(userId: string): Calendar[] {
    return Object.values(this.#data.calendars).filter((calendar) => calendar.userId === userId);
  }

  /** Resolves when what stands here now is on the disk. One write waits at most: it takes everything with it. */
  async save(): Promise<void> {
    if (!this.#isWaiting) {
      this.#isWaiting = true;
      this.#saved = this.#writeAfter(this.#saved);
    }
    await this.#saved;
  }

  async #writeAfter(before: Promise<void>): Promise<void> {
    await before.catch(() => undefined);
    this.#isWaiting = false;
    await writeFile(`${this.#file}.new`, JSON.stringify(this.#data), { mode: 0o600 });
    await rename(`${this.#file}.new`, this.#file);
  }
}

function load(file: string): Data {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { users: {}, calendars: {} };
    throw error;
  }
}
