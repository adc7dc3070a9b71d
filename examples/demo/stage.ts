/** The demo's outside world on loopback: a calendar host that breaks and mends, and a webhook that hears alerts. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";

import * as z from "zod";

const Hook = z.object({ text: z.string() });

export class Stage {
  readonly url: string;
  readonly alerts: string[] = [];
  readonly #server: Server;
  #state: "sound" | "broken" | "mended" = "sound";

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      void this.#answer(request, response);
    });
  }

  static async open(): Promise<Stage> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the demo got no loopback port; try again");
    return new Stage(server, `http://127.0.0.1:${address.port}`);
  }

  breakDown(): void {
    this.#state = "broken";
  }

  mend(): void {
    this.#state = "mended";
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === "/webhook") {
      const body = Buffer.concat(await request.toArray()).toString("utf8");
      this.alerts.push(Hook.parse(JSON.parse(body)).text);
      response.end("ok");
      return;
    }
    if (this.#state === "broken") response.writeHead(404).end("gone fishing");
    else response.writeHead(200, { "content-type": "text/calendar" }).end(choir(this.#state === "mended" ? "193000" : "190000"));
  }
}

/** Twelve rehearsals; the fourth begins at `fourthAt`. */
function choir(fourthAt: string): string {
  const events = Array.from({ length: 12 }, (_, index) => {
    const day = `202612${String(index + 1).padStart(2, "0")}`;
    const at = index === 3 ? fourthAt : "190000";
    return [
      "BEGIN:VEVENT",
      `UID:rehearsal-${index + 1}@choir.sample`,
      "DTSTAMP:20261101T000000Z",
      `DTSTART;TZID=Asia/Seoul:${day}T${at}`,
      "DURATION:PT2H",
      `SUMMARY:Rehearsal ${index + 1}`,
      "END:VEVENT",
    ];
  });
  return ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Calferry//Demo//EN", ...events.flat(), "END:VCALENDAR", ""].join("\r\n");
}
