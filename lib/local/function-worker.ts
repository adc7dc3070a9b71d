/** Inside a worker thread: loads one bundle and runs its handler, one invocation at a time. */
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";

/** What the host sends; the payload is JSON text, as on the wire. */
export interface InvocationMessage {
  readonly payload: string;
  readonly requestId: string;
  readonly deadlineMs: number;
}

/** What the worker answers with. */
export type OutcomeMessage = { readonly payload: string } | { readonly errorType: string; readonly errorMessage: string };

/** Where the bundle lies and what its context says. */
export interface WorkerPlace {
  readonly file: string;
  readonly exportName: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMiB: number;
}

async function loadHandler(place: WorkerPlace): Promise<(event: unknown, context: unknown) => unknown> {
  const bundle = Object(await import(pathToFileURL(place.file).href));
  // A CommonJS bundle shows its exports as names or only as the default, depending on how it was written.
  const handler: unknown = bundle[place.exportName] ?? Object(bundle.default)[place.exportName];
  if (typeof handler !== "function") {
    throw new TypeError(
      `${place.functionName} exports no function ${place.exportName}, expected the handler that the template names`,
    );
  }
  return (event, context) => handler(event, context);
}

async function run(place: WorkerPlace): Promise<void> {
  const handler = await loadHandler(place);
  const answer = async (message: InvocationMessage): Promise<OutcomeMessage> => {
    try {
      const context = {
        functionName: place.functionName,
        functionVersion: "$LATEST",
        invokedFunctionArn: place.functionArn,
        memoryLimitInMB: String(place.memoryMiB),
        awsRequestId: message.requestId,
        logGroupName: `/aws/lambda/${place.functionName}`,
        logStreamName: "local",
        callbackWaitsForEmptyEventLoop: true,
        getRemainingTimeInMillis: () => Math.max(0, message.deadlineMs - Date.now()),
      };
      return { payload: JSON.stringify((await handler(JSON.parse(message.payload), context)) ?? null) };
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      return { errorType: failure.name, errorMessage: failure.message };
    }
  };
  parentPort?.on("message", (message: InvocationMessage) => {
    void answer(message).then((outcome) => parentPort?.postMessage(outcome, []));
  });
  parentPort?.postMessage("ready", []);
}

await run(workerData);
