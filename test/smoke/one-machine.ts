/** A fresh machine in a temporary folder, driven from outside: through its HTTP routes and its tick. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import * as z from "zod";

import { start } from "../../lib/local/machine.ts";
import type { Machine } from "../../lib/local/machine.ts";

const CalendarAnswer = z.object({
  calendarId: z.string(),
  calendarVersion: z.number(),
  eventCount: z.number(),
  skippedCount: z.number(),
  outcome: z.object({ status: z.string(), code: z.string().optional(), reason: z.string().optional() }).optional(),
});
export type CalendarAnswer = z.infer<typeof CalendarAnswer>;
const FeedAnswer = z.object({ feedId: z.string(), link: z.object({ url: z.string() }) });

const WAIT_MS = 60_000;
const LOOK_EVERY_MS = 25;

export class OneMachine {
  readonly machine: Machine;
  /** Where the terminal finds it by CALFERRY_DIR. */
  readonly folder: string;

  private constructor(machine: Machine, folder: string) {
    this.machine = machine;
    this.folder = folder;
  }

  /** @param print hears the machine's warnings and errors */
  static async fresh(print: (line: string) => void = () => undefined): Promise<OneMachine> {
    const folder = await mkdtemp(join(tmpdir(), "calferry-smoke-"));
    return new OneMachine(await start({ dir: folder, port: 0, ticks: "manual", print }), folder);
  }

  /** Registers a five-minute calendar that waits for its turn: the first tick of a fresh machine owes it. */
  async addCalendar(url: string): Promise<string> {
    const body = { name: "smoke", source: { kind: "url", url }, intervalMinutes: 5, firstImport: "turn" };
    return CalendarAnswer.parse(await this.ask("POST", "/v1/calendars", body)).calendarId;
  }

  async calendar(calendarId: string): Promise<CalendarAnswer> {
    return CalendarAnswer.parse(await this.ask("GET", `/v1/calendars/${calendarId}`));
  }

  /** A feed of these calendars that shows everything as it is; gives its secret URL. */
  async addFeed(...calendarIds: readonly string[]): Promise<string> {
    const policy = { class: "as-is", people: "keep", alarms: "keep" };
    const members = calendarIds.map((calendarId) => ({ calendarId, mask: "full" }));
    const body = { name: "smoke", members, policy };
    return FeedAnswer.parse(await this.ask("POST", "/v1/feeds", body)).link.url;
  }

  /** The calendar once a task of it has ended. */
  async settled(calendarId: string): Promise<CalendarAnswer> {
    return await until(`an outcome of calendar ${calendarId}`, async () => {
      const calendar = await this.calendar(calendarId);
      return calendar.outcome === undefined ? undefined : calendar;
    });
  }

  /** The calendar once it has that version. */
  async reached(calendarId: string, version: number): Promise<CalendarAnswer> {
    return await until(`version ${version} of calendar ${calendarId}`, async () => {
      const calendar = await this.calendar(calendarId);
      return calendar.calendarVersion < version ? undefined : calendar;
    });
  }

  async syncNow(calendarId: string): Promise<void> {
    await this.ask("POST", `/v1/calendars/${calendarId}/sync`);
  }

  async stop(): Promise<void> {
    await this.machine.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The API's answer to the machine's own key, which must be a success. */
  async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.machine.adminKey}`, "content-type": "application/json" };
    const response = await fetch(this.machine.url + path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}, expected 2xx: ${await response.text()}`);
    return await response.json();
  }
}

/** The feed's first answer that is not "not built yet". */
export async function built(feedUrl: string): Promise<Response> {
  return await until("the feed's first build", async () => {
    const response = await fetch(feedUrl);
    return response.status === 503 ? undefined : response;
  });
}

export async function until<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${what}: not within ${WAIT_MS / 1000} s`);
    await pause(LOOK_EVERY_MS);
  }
}
