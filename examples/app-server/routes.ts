/** The app's own HTTP: what its users do, and the endpoint that SNS posts to. */
import type { IncomingMessage } from "node:http";

import { authenticate, register } from "./accounts.ts";
import type { Agenda } from "./agenda.ts";
import type { Calendars } from "./calendars.ts";
import type { Config } from "./config.ts";
import type { Follower } from "./follower.ts";
import { agendaPage } from "./page.ts";
import { checkSignature, confirm, getText, readEnvelope } from "./sns.ts";
import type { Calendar, Store, User } from "./store.ts";

export type App = {
  readonly config: Config;
  readonly store: Store;
  readonly calendars: Calendars;
  readonly follower: Follower;
  readonly agenda: Agenda;
};
export type Reply = {
  readonly status: number;
  readonly body?: unknown;
  readonly html?: string;
  readonly headers?: Readonly<Record<string, string>>;
};
type Asked = {
  readonly url: URL;
  /** What the route's pattern caught. */
  readonly caught: string;
  readonly body: string;
  readonly request: IncomingMessage;
};
type UserRoute = (app: App, user: User, asked: Asked) => Promise<Reply>;

const BODY_LIMIT = 1_000_000;
const NOT_FOUND: Reply = { status: 404, body: { error: "there is nothing here" } };
const LOG_IN: Reply = { status: 401, headers: { "www-authenticate": 'Basic realm="app"' }, body: { error: "who are you?" } };

const USER_ROUTES: readonly (readonly [method: string, path: RegExp, run: UserRoute])[] = [
  ["POST", /^\/calendars$/u, addCalendar],
  ["GET", /^\/calendars$/u, async ({ store }, user) => ({ status: 200, body: store.calendarsOf(user.userId).map(shown) })],
  ["POST", /^\/calendars\/([\w-]+)\/refresh$/u, refreshCalendar],
  ["DELETE", /^\/calendars\/([\w-]+)$/u, removeCalendar],
  ["GET", /^\/agenda$/u, showAgenda],
  ["PUT", /^\/events\/(.+)$/u, putEvent],
  ["DELETE", /^\/events\/(.+)$/u, deleteEvent],
  [
    "POST",
    /^\/events$/u,
    async ({ calendars }, user, { body }) => ({ status: 200, body: await calendars.applyBatch(user, JSON.parse(body)) }),
  ],
  ["POST", /^\/links$/u, addLink],
  ["GET", /^\/links$/u, async ({ calendars }, user) => ({ status: 200, body: await calendars.links(user) })],
  [
    "DELETE",
    /^\/links\/(\w+)$/u,
    async ({ calendars }, user, { caught }) => ({ status: 200, body: await calendars.revokeLink(user, caught) }),
  ],
];

export async function answer(app: App, request: IncomingMessage): Promise<Reply> {
  const url = new URL(request.url ?? "/", "http://app");
  if (request.method === "POST" && url.pathname === "/calferry") return await hear(app, await bodyOf(request));
  if (request.method === "POST" && url.pathname === "/users") return await addUser(app, await bodyOf(request));
  const user = authenticate(app.store, request.headers.authorization);
  if (user === undefined) return LOG_IN;
  for (const [method, pattern, run] of USER_ROUTES) {
    const [, caught = ""] = pattern.exec(url.pathname) ?? [];
    if (request.method !== method || !pattern.test(url.pathname)) continue;
    return await run(app, user, { url, caught: decodeURIComponent(caught), body: await bodyOf(request), request });
  }
  return NOT_FOUND;
}

/** 2xx only once the message is stored: SNS sends everything else again. */
async function hear({ config, follower }: App, body: string): Promise<Reply> {
  const envelope = readEnvelope(body, config.topicArn);
  if (config.signatures === "on") await checkSignature(envelope, getText);
  if (envelope.Type === "SubscriptionConfirmation") await confirm(envelope, getText);
  if (envelope.Type === "Notification") await follower.hear(JSON.parse(envelope.Message));
  return { status: 200, body: {} };
}

async function addUser({ store, calendars }: App, body: string): Promise<Reply> {
  const { name } = JSON.parse(body);
  const { user, password, own } = register(store, String(name));
  await store.save();
  await calendars.settle(own);
  return { status: 201, body: { userId: user.userId, password } };
}

async function addCalendar({ calendars }: App, user: User, { body }: Asked): Promise<Reply> {
  const { name, url } = JSON.parse(body);
  return { status: 201, body: shown(await calendars.add(user, String(name), String(url))) };
}

async function refreshCalendar({ store, calendars }: App, user: User, { caught }: Asked): Promise<Reply> {
  const calendar = ownedBy(store, user, caught);
  return calendar === undefined ? NOT_FOUND : { status: 202, body: await calendars.refresh(calendar) };
}

async function removeCalendar({ store, calendars }: App, user: User, { caught }: Asked): Promise<Reply> {
  const calendar = ownedBy(store, user, caught);
  if (calendar?.url === undefined) return NOT_FOUND;
  await calendars.remove(calendar);
  return { status: 200, body: {} };
}

async function showAgenda({ store, agenda, config }: App, user: User, { url, request }: Asked): Promise<Reply> {
  const window = agenda.window(url.searchParams.get("from"), url.searchParams.get("to"));
  const entries = await agenda.of(store.calendarsOf(user.userId), window);
  if (request.headers.accept?.includes("text/html") !== true) return { status: 200, body: { ...window, entries } };
  return { status: 200, html: agendaPage(user.name, entries, config.zone) };
}

async function putEvent({ calendars }: App, user: User, { caught, body, request }: Asked): Promise<Reply> {
  const { etag, ...written } = await calendars.putEvent(user, caught, JSON.parse(body), request.headers["if-match"]);
  return { status: 200, body: written, ...(etag === undefined ? {} : { headers: { etag } }) };
}

async function deleteEvent({ calendars }: App, user: User, { caught, request }: Asked): Promise<Reply> {
  return { status: 200, body: await calendars.deleteEvent(user, caught, request.headers["if-match"]) };
}

async function addLink({ calendars }: App, user: User, { body }: Asked): Promise<Reply> {
  const link = await calendars.addLink(user, String(JSON.parse(body).label));
  return { status: 201, body: link, headers: { "cache-control": "no-store" } };
}

function ownedBy(store: Store, { userId }: User, id: string): Calendar | undefined {
  return store.calendarsOf(userId).find((calendar) => calendar.id === id);
}

/** Neither its address nor its copy. */
function shown({ id, name, calendarId, copy }: Calendar): object {
  return { id, name, isSettled: calendarId !== undefined, version: copy.version, events: Object.keys(copy.events).length };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT) throw new SyntaxError(`a body of more than ${BODY_LIMIT} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
