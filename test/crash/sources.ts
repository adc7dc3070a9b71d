/** The servers of the scripted calendars: each is a host of its own, answers conditionally, and may say "later" once. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

import { startSource } from "../http/source-server.ts";
import type { SourceServer } from "../http/source-server.ts";
import { contentAt } from "./script.ts";
import type { ScriptedCalendar } from "./script.ts";

const RETRY_AFTER_SECONDS = "2";

type Source = { readonly server: SourceServer; body: string; isBusy: boolean };

export class Sources {
  readonly #sources: readonly Source[];

  private constructor(sources: readonly Source[]) {
    this.#sources = sources;
  }

  static async open(count: number): Promise<Sources> {
    const opened = Array.from({ length: count }, async (): Promise<Source> => {
      const source = { body: "", isBusy: false };
      return Object.assign(source, { server: await startSource((request, response) => answer(source, request, response)) });
    });
    return new Sources(await Promise.all(opened));
  }

  urlOf(index: number): string {
    return `${this.#sources[index]?.server.url}/calendar.ics`;
  }

  /** From now on the sources say what the script has for the round. */
  play(script: readonly ScriptedCalendar[], round: number, aheadMs: number): void {
    for (const [index, source] of this.#sources.entries()) {
      const calendar = script[index];
      if (calendar === undefined) continue;
      source.body = contentAt(calendar, round, aheadMs);
      source.isBusy = calendar.busyIn === round;
    }
  }

  get requests(): number {
    return this.#sources.reduce((sum, { server }) => sum + server.requests.length, 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.#sources.map(async ({ server }) => await server.stop()));
  }
}

function answer(source: Omit<Source, "server">, request: IncomingMessage, response: ServerResponse): void {
  if (source.isBusy) {
    source.isBusy = false;
    response.writeHead(503, { "retry-after": RETRY_AFTER_SECONDS }).end();
    return;
  }
  const etag = `"${createHash("sha256").update(source.body).digest("hex").slice(0, 16)}"`;
  const status = request.headers["if-none-match"] === etag ? 304 : 200;
  response.writeHead(status, { etag, "content-type": "text/calendar; charset=utf-8" });
  response.end(status === 304 ? undefined : source.body);
}
