/** Inside a worker thread: loads one bundle and runs its handler for each invocation that the machine sends. */
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";

/** Where the bundle lies and what its context says. */
export interface WorkerPlace {
  readonly file: string;
  readonly exportName: string;
  readonly timeoutMs: number;
  readonly context: Readonly<Record<string, string>>;
}

/** The payload is JSON text, as on the wire; `port` hears "begun" and then the outcome. */
export interface Invocation {
  readonly payload: string;
  readonly port: MessagePort;
}

/** `payload` is the answer as JSON text; else a thrown error, a timeout or a crash. */
export type Outcome = { readonly payload: string } | { readonly errorType: string; readonly errorMessage: string };

const place: WorkerPlace = workerData;
const bundle = Object(await import(pathToFileURL(place.file).href));
// A CommonJS bundle shows its exports as names or only as the default, depending on how it was written.
const handler = bundle[place.exportName] ?? bundle.default[place.exportName];

async function run(payload: string): Promise<Outcome> {
  const deadlineMs = Date.now() + place.timeoutMs;
  const getRemainingTimeInMillis = (): number => Math.max(0, deadlineMs - Date.now());
  try {
    const context = { ...place.context, awsRequestId: crypto.randomUUID(), getRemainingTimeInMillis };
    return { payload: JSON.stringify((await handler(JSON.parse(payload), context)) ?? null) };
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    return { errorType: failure.name, errorMessage: failure.message };
  }
}

parentPort?.on("message", ({ payload, port }: Invocation) => {
  port.postMessage("begun", []);
  void run(payload).then((outcome) => port.postMessage(outcome, []));
});
