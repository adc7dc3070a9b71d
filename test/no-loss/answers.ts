/** What a source may answer, good and bad. */
import type { RequestListener } from "node:http";

import type { Resolve } from "../../lib/http/address-guard.ts";

export type Answer = {
  /** Absent where nobody is reached. */
  readonly serve?: RequestListener;
  readonly resolve?: Resolve;
  readonly patienceMs?: number;
};

export function body(text: string, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    serve: (_request, response) => {
      response.writeHead(status, { "content-type": "text/calendar", ...headers }).end(text);
    },
  };
}

export const NO_SUCH_HOST: Answer = {
  resolve: async () => await Promise.reject(Object.assign(new Error("getaddrinfo ENOTFOUND source.test"), { code: "ENOTFOUND" })),
};

/** Takes the request and says nothing. */
export const SILENCE: Answer = { serve: () => undefined, patienceMs: 60 };

/** Names the whole length, sends half and hangs up. */
export function cutOff(text: string): Answer {
  return {
    serve: (_request, response) => {
      response.writeHead(200, { "content-length": Buffer.byteLength(text) });
      response.write(text.slice(0, text.length / 2), () => response.destroy());
    },
  };
}
