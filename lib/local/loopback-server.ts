/** Small HTTP servers that listen on loopback alone. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from "node:http";
import { connect } from "node:net";

export const LOOPBACK = "127.0.0.1";

export interface Request {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
}

export interface Listener {
  readonly port: number;
  readonly stop: () => Promise<void>;
}

/** Starts at the wanted port; rejects with EADDRINUSE where it is taken. */
export async function serve(port: number, answer: (request: Request) => Promise<Reply>): Promise<Listener> {
  const server = createServer((message, response) => {
    void reply(message, response, answer);
  });
  await listen(server, port);
  return { port: portOf(server), stop: async () => close(server) };
}

export async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, LOOPBACK);
  await once(server, "listening");
}

export async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}

/** The first of the ports that nobody listens on; 0 lets the system choose. */
export async function freePort(wanted: readonly number[]): Promise<number> {
  for (const port of wanted) {
    if (!(await isTaken(port))) {
      return port;
    }
  }
  const probe = createServer();
  await listen(probe, 0);
  const port = portOf(probe);
  await close(probe);
  return port;
}

export async function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, LOOPBACK);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function reply(
  message: IncomingMessage,
  response: ServerResponse,
  answer: (request: Request) => Promise<Reply>,
): Promise<void> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of message) {
      chunks.push(Buffer.from(chunk));
    }
    const { method = "GET", headers } = message;
    const url = new URL(message.url ?? "/", `http://${headers.host ?? LOOPBACK}`);
    const answered = await answer({ method, url, headers, body: Buffer.concat(chunks) });
    for (const [name, value] of Object.entries(answered.headers ?? {})) {
      response.setHeader(name, value);
    }
    response.writeHead(answered.status).end(answered.body);
  } catch (error) {
    if (message.destroyed && !message.complete) {
      // The client went away.
      response.destroy();
      return;
    }
    const text = error instanceof Error ? error.message : String(error);
    response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify({ message: text }));
  }
}
