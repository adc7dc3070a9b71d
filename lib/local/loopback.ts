/** HTTP servers that listen on loopback alone, and the ports that are free for them. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { connect } from "node:net";

export const LOOPBACK = "127.0.0.1";

export function addressOf(port: number): string {
  return `http://${LOOPBACK}:${port}`;
}

interface App {
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

/** Rejects with EADDRINUSE where the port is taken. */
export async function serve(port: number, app: App): Promise<Server> {
  const server = createServer((message, response) => {
    void answer(message, response, app).catch(() => response.destroy());
  });
  await listen(server, port);
  return server;
}

export async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, LOOPBACK);
  await once(server, "listening");
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
}

/** The wanted port, or else any free one. */
export async function freePort(wanted = 0): Promise<number> {
  if (wanted !== 0 && !(await isTaken(wanted))) return wanted;
  const probe = createServer();
  await listen(probe, 0);
  const port = portOf(probe);
  await close(probe);
  return port;
}

export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

export async function isTaken(port: number): Promise<boolean> {
  const socket = connect(port, LOOPBACK);
  return once(socket, "connect")
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy());
}

async function answer(message: IncomingMessage, response: ServerResponse, app: App): Promise<void> {
  const { method = "GET", headersDistinct: headers } = message;
  const body = Buffer.concat(await message.toArray());
  const request = new Request(new URL(message.url ?? "/", `http://${message.headers.host ?? LOOPBACK}`), {
    method,
    headers: Object.entries(headers).map(([name, values = []]): [string, string] => [name, values.join(", ")]),
    body: method === "GET" || method === "HEAD" ? null : body,
  });
  const reply = await app.fetch(request);
  response.writeHead(reply.status, { ...Object.fromEntries(reply.headers), "set-cookie": reply.headers.getSetCookie() });
  response.end(Buffer.from(await reply.arrayBuffer()));
}
