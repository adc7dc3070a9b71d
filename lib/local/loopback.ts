/** HTTP servers that listen on loopback alone, and the ports that are free for them. */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";

import type { Hono } from "hono";

export const LOOPBACK = "127.0.0.1";

/** Methods that no Request can have (Fetch 2.2.1); under another name they end where every unknown one does. */
const FORBIDDEN = new Set(["CONNECT", "TRACE", "TRACK"]);

export function addressOf(port: number): string {
  return `http://${LOOPBACK}:${port}`;
}

/** Gives the port; rejects with EADDRINUSE where it is taken. */
export async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, LOOPBACK);
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
}

/** The wanted port where it is free, or else any free one. */
export async function freePort(wanted = randomPort()): Promise<number> {
  const probe = createServer();
  const port = await listen(probe, wanted === 0 ? randomPort() : wanted).catch(() => undefined);
  if (port === undefined) return await freePort();
  await close(probe);
  return port;
}

/** Below the ports that systems give to whoever asks for any: none is given away between this look and its use. */
function randomPort(): number {
  return randomInt(20_000, 32_000);
}

export async function serve(port: number, app: Hono): Promise<Server> {
  const server = createServer((message, response) => {
    void answer(message, response, app).catch(() => response.destroy());
  });
  await listen(server, port);
  return server;
}

async function answer(message: IncomingMessage, response: ServerResponse, app: Hono): Promise<void> {
  const { method: asked = "GET", headersDistinct } = message;
  const method = FORBIDDEN.has(asked) ? "UNSUPPORTED" : asked;
  const body = Buffer.concat(await message.toArray());
  const headers = Object.entries(headersDistinct).map(([name, values = []]): [string, string] => [name, values.join(", ")]);
  const url = new URL(message.url ?? "/", `http://${message.headers.host ?? LOOPBACK}`);
  const reply = await app.fetch(new Request(url, { method, headers, body: /^(GET|HEAD)$/u.test(method) ? null : body }));
  response.writeHead(reply.status, Object.fromEntries(reply.headers));
  response.end(Buffer.from(await reply.arrayBuffer()));
}
