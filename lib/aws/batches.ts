/** Many items in as few calls as DynamoDB allows, and again what it left undone. */
import { promisify } from "node:util";

import { unavailable } from "./try-again.ts";

const TRIES = 6;
const WAIT_MS = 40;

const wait = promisify(setTimeout);

export function batches<Part>(parts: readonly Part[], size: number): Part[][] {
  return Array.from({ length: Math.ceil(parts.length / size) }, (_, index) => parts.slice(index * size, (index + 1) * size));
}

/** DynamoDB answers 200 and names what it did not do; the SDK does not send that again. */
export async function untilEmpty<Requests extends object | undefined>(
  requests: Requests,
  send: (requests: Requests) => Promise<Requests | undefined>,
): Promise<void> {
  let pending: Requests | undefined = requests;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await wait(WAIT_MS * 2 ** attempt);
    pending = await send(pending);
    if (pending === undefined || Object.keys(pending).length === 0) return;
  }
  throw unavailable(`DynamoDB left part of a batch undone ${TRIES} times in a row, wanted all of it`);
}
