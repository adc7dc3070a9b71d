/** A source on loopback that answers what a test tells it, and remembers what it was asked. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server } from "node:net";

export type SourceServer = {
  readonly port: number;
  /** `http://127.0.0.1:<port>`; loopback literals need no DNS. */
  readonly url: string;
  readonly requests: IncomingMessage[];
  readonly connections: () => number;
  readonly stop: () => Promise<void>;
};

export async function startSource(listener: RequestListener, address = "127.0.0.1"): Promise<SourceServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  return await listening(server, address, requests, () => server.closeAllConnections());
}

/** Takes connections and says nothing, or what `greet` writes. */
export async function startSilence(greet?: string): Promise<SourceServer> {
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    if (greet !== undefined) socket.end(greet);
  });
  return await listening(server, "127.0.0.1", [], () => undefined);
}

async function listening(
  server: Server,
  address: string,
  requests: IncomingMessage[],
  closeAll: () => void,
): Promise<SourceServer> {
  let connections = 0;
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, address);
  await once(server, "listening");
  const { port } = addressOf(server);
  return {
    port,
    url: `http://${address.includes(":") ? `[${address}]` : address}:${port}`,
    requests,
    connections: () => connections,
    stop: async () => {
      closeAll();
      server.close();
      await Promise.resolve();
    },
  };
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address;
}
