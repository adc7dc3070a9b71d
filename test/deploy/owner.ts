/** An app that owns calendars: calls the deployed API with an admin key. */
import * as z from "zod";

import { awaitUntil } from "./await-until.ts";
import { call } from "./deployment.ts";
import { expect } from "./expect.ts";

const Created = z.object({ calendarId: z.string() });
const Run = z.object({ runId: z.string(), reason: z.string(), status: z.string() });
const Runs = z.object({ items: z.array(Run) });

export type QueuedRun = { readonly calendarId: string; readonly runId: string };

export class Owner {
  readonly #apiUrl: string;
  readonly #key: string;

  constructor(apiUrl: string, key: string) {
    this.#apiUrl = apiUrl;
    this.#key = key;
  }

  /** A calendar whose first import waits for a turn or for `sync`. */
  async addCalendar(name: string, url: string): Promise<string> {
    const body = { name, source: { kind: "url", url }, firstImport: "turn", intervalMinutes: 1440 };
    return Created.parse(await this.#ask("POST", "/v1/calendars", body)).calendarId;
  }

  async runs(calendarId: string): Promise<readonly z.infer<typeof Run>[]> {
    return Runs.parse(await this.#ask("GET", `/v1/calendars/${calendarId}/runs`)).items;
  }

  async sync(calendarId: string): Promise<QueuedRun> {
    const { runId } = Run.parse(await this.#ask("POST", `/v1/calendars/${calendarId}/sync`));
    return { calendarId, runId };
  }

  /** Waits until a run is no longer queued; how it ended. */
  async endOf({ calendarId, runId }: QueuedRun, withinMs: number, signal: AbortSignal): Promise<string> {
    const path = `/v1/calendars/${calendarId}/runs/${encodeURIComponent(runId)}`;
    return await awaitUntil({ what: `run ${runId} ends`, withinMs, signal }, async (saw) => {
      const { status } = Run.parse(await this.#ask("GET", path));
      saw(`status ${status}`);
      return status === "queued" ? undefined : status;
    });
  }

  async #ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.#key}` };
    const answer = await call(new URL(path, this.#apiUrl).href, { method, headers, body });
    expect(answer.status < 300, `${method} ${path} answered ${answer.status}: ${answer.body.slice(0, 400)}`);
    return JSON.parse(answer.body);
  }
}
