/** One answer of a loopback server, fetched as the import worker fetches. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";

import { createSourceFetcher } from "../../lib/http/fetch-source.ts";
import type { Failure } from "../../lib/core/failure.ts";
import type { CompleteBody } from "../../lib/sync/import-calendar.ts";

const LIMIT_BYTES = 32 * 1024 * 1024;

/** `patienceMs` is generous, so that a busy machine is no slow source. */
export async function fetchAnswer(answer: RequestListener, patienceMs = 30_000): Promise<CompleteBody | Failure> {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const source = createSourceFetcher({
    limitBytes: LIMIT_BYTES,
    allow: ["127.0.0.0/8"],
    totalMs: patienceMs,
    // What the answers name besides loopback is never asked of a real DNS.
    resolve: async () => await Promise.resolve([]),
  });
  try {
    const url = new URL(`http://127.0.0.1:${address.port}/calendar.ics`);
    const fetched = await source.fetch({ url, signal: AbortSignal.timeout(60_000) });
    if (fetched.kind === "complete") return fetched;
    if (fetched.kind === "failed") return fetched.failure;
    throw new Error(`the answer was read as ${fetched.kind}, wanted a body or a failure`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
