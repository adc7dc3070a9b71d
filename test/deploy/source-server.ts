/** A calendar host on loopback: answers conditionally, counts what it was asked, and breaks when told. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

export interface SourceRequest {
  readonly path: string;
  readonly status: number;
}

export class SourceServer {
  readonly requests: SourceRequest[] = [];
  readonly #bodies = new Map<string, string | Uint8Array>();
  readonly #broken = new Set<string>();
  readonly #server = createServer((request, response) => {
    const path = request.url ?? "/";
    const body = this.#broken.has(path) ? undefined : this.#bodies.get(path);
    if (body === undefined) {
      this.requests.push({ path, status: 404 });
      response.writeHead(404).end();
      return;
    }
    const etag = `"${createHash("sha256").update(body).digest("hex").slice(0, 16)}"`;
    const status = request.headers["if-none-match"] === etag ? 304 : 200;
    this.requests.push({ path, status });
    response.writeHead(status, { etag, "content-type": "text/calendar; charset=utf-8" });
    response.end(status === 304 ? undefined : body);
  });

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the source got no loopback port; try again");
    return `http://127.0.0.1:${address.port}`;
  }

  serve(path: string, body: string | Uint8Array): void {
    this.#bodies.set(path, body);
  }

  break(path: string): void {
    this.#broken.add(path);
  }

  mend(path: string): void {
    this.#broken.delete(path);
  }

  asked(path: string): readonly SourceRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
