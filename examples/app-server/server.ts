/** An app of its own beside Calferry: `node examples/app-server/server.ts`; README.md says what it shows and how it is configured. */
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";

import { Agenda } from "./agenda.ts";
import { Calferry, Refused } from "./calferry.ts";
import { Calendars } from "./calendars.ts";
import { readConfig } from "./config.ts";
import { Follower } from "./follower.ts";
import { answer } from "./routes.ts";
import type { App, Reply } from "./routes.ts";
import { NotFromTopic } from "./sns.ts";
import { Store } from "./store.ts";

const app = createApp();
const server = createServer((request, response) => {
  void answer(app, request)
    .catch(replyTo)
    .then((reply) => send(response, reply));
});
server.listen(app.config.port, "127.0.0.1", () => {
  const address = server.address();
  console.log(`listening on http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`);
  void catchUp();
  setInterval(() => void catchUp(), app.config.askEveryMs);
});

function createApp(): App {
  const config = readConfig(process.env);
  const store = new Store(config.file);
  const calferry = new Calferry(config.calferryUrl, config.calferryKey);
  return {
    config,
    store,
    calendars: new Calendars(store, calferry),
    follower: new Follower(store, calferry, config),
    agenda: new Agenda(calferry, config.zone),
  };
}

/** Finishes what a stop or an outage cut off, and asks for what was sent meanwhile. */
async function catchUp(): Promise<void> {
  for (const calendar of Object.values(app.store.calendars)) {
    await app.calendars.settle(calendar).catch((error: unknown) => console.error(`calendar ${calendar.id}: ${String(error)}`));
  }
  await app.follower.askAll();
}

/** Calferry's refusals are told as they are; what is our fault is told to nobody but the log. */
function replyTo(error: unknown): Reply {
  if (error instanceof Refused) return { status: error.problem.status, body: error.problem };
  if (error instanceof NotFromTopic) return { status: 403, body: { error: error.message } };
  if (error instanceof SyntaxError) return { status: 400, body: { error: error.message } };
  console.error(error);
  return { status: 500, body: { error: "something went wrong here" } };
}

function send(response: ServerResponse, { status, body, html, headers }: Reply): void {
  const type = html === undefined ? "application/json" : "text/html; charset=utf-8";
  response.writeHead(status, { "content-type": type, ...headers }).end(html ?? JSON.stringify(body));
}
