/** What lies between the topic and the app: keeps each message, and passes it on, holds it back, or loses it. */
import { once } from "node:events";
import { createServer } from "node:http";

export class Wire {
  readonly messages: string[] = [];
  /** The app's endpoint; undefined: nobody is there, as after a crash. */
  target: string | undefined;
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      this.messages.push(body);
      // Lost where nobody is there: SNS would give up at some time, too.
      const passed = this.target === undefined ? Promise.resolve(200) : post(this.target, body);
      passed.then(
        (status) => response.writeHead(status).end(),
        () => response.destroy(),
      );
    });
  });

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the wire got no loopback port; try again");
    return `http://127.0.0.1:${address.port}/topic`;
  }

  /** How many versions of a calendar the topic has told of. */
  finished(externalId: string): number {
    const versions = this.messages.flatMap((body) => {
      const message = JSON.parse(JSON.parse(body).Message);
      return message.kind === "import.finished" && message.externalId === externalId ? [message.calendarVersion] : [];
    });
    return new Set(versions).size;
  }

  /** Everything that ever came, three times over and in any order; gives the statuses. */
  async storm(seed: number): Promise<readonly number[]> {
    const { target } = this;
    if (target === undefined) throw new Error("a storm needs an app to rage at");
    const statuses: number[] = [];
    for (const body of shuffled([...this.messages, ...this.messages, ...this.messages], seed))
      statuses.push(await post(target, body));
    return statuses;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

export async function post(url: string, body: string): Promise<number> {
  const response = await fetch(url, { method: "POST", body });
  await response.arrayBuffer();
  return response.status;
}

/** In an order that the seed alone decides, so that a failure comes back with it. */
function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const keyed = items.map((item, index) => ({ item, key: Math.imul(index + 1, 2654435761 ^ seed) >>> 0 }));
  return keyed.toSorted((one, other) => one.key - other.key).map(({ item }) => item);
}
