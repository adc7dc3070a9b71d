/** Stands between the functions and an engine: sees each request before the engine does, and again when it has had its effect. */
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";

export type Seen = { readonly method: string; readonly path: string; readonly target: string; readonly body: string };

export class EngineProxy {
  readonly url: string;
  /** Where the engine answers now; it moves when the machine starts again. */
  engine = "";
  /** Called before the engine gets the request; what is dropped never reaches it, and the function hears nothing. */
  onAsked: (seen: Seen) => "pass" | "drop" = () => "pass";
  /** Called when the engine has answered; while it is pending the function waits. */
  onDone: (seen: Seen, status: number) => void = () => undefined;
  readonly #close: () => void;

  private constructor(url: string, close: () => void) {
    this.url = url;
    this.#close = close;
  }

  static async open(): Promise<EngineProxy> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy got no loopback port; try again");
    const proxy = new EngineProxy(`http://127.0.0.1:${address.port}`, () => {
      server.close();
      server.closeAllConnections();
    });
    server.on("request", (from: IncomingMessage, to: ServerResponse) => {
      // A killed machine's connections break; whoever asked is gone as well.
      proxy.#forward(from, to).catch(() => to.destroy());
    });
    return proxy;
  }

  close(): void {
    this.#close();
  }

  async #forward(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const body = Buffer.concat(await from.toArray());
    const { method = "GET", url = "/" } = from;
    const target = String(from.headers["x-amz-target"] ?? "");
    const seen: Seen = { method, path: url, target, body: body.toString("utf8") };
    if (this.onAsked(seen) === "drop") {
      to.destroy();
      return;
    }
    const answer = await send(new URL(url, this.engine), method, from.headers, body);
    this.onDone(seen, answer.status);
    to.writeHead(answer.status, answer.headers).end(answer.body);
  }
}

async function send(
  url: URL,
  method: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = request(url, { method, headers: { ...headers, host: url.host } }, resolve);
  outgoing.on("error", reject);
  outgoing.end(body);
  const response = await promise;
  const bytes = Buffer.concat(await response.toArray());
  const { "transfer-encoding": _, ...kept } = response.headers;
  return { status: response.statusCode ?? 502, headers: { ...kept, "content-length": String(bytes.length) }, body: bytes };
}
