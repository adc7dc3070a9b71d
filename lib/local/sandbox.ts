/** One worker thread that holds one bundle: loads it once, runs one invocation at a time, ends at a timeout or a crash. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";

import type { InvocationMessage, OutcomeMessage, WorkerPlace } from "./function-worker.ts";
import type { FunctionDefinition } from "./plan.ts";

/** `payload` is the answer as JSON text; else a thrown error, a timeout or a crash. */
export type Outcome = OutcomeMessage;

export class Sandbox {
  readonly #worker: Worker;
  readonly #timeoutMs: number;
  #loaded = false;
  #ended = false;
  #timer: NodeJS.Timeout | undefined;
  #payload: string | undefined;
  #finish: ((outcome: Outcome) => void) | undefined;

  constructor(
    definition: FunctionDefinition,
    bundle: string,
    env: Readonly<Record<string, string>>,
    onLine: (line: string) => void,
  ) {
    this.#timeoutMs = definition.timeoutMs;
    this.#worker = new Worker(new URL("function-worker.ts", import.meta.url), {
      env: { ...env },
      // The flags of the process that holds the machine are not the function's.
      execArgv: [],
      workerData: workerPlace(definition, bundle),
      resourceLimits: { maxOldGenerationSizeMb: definition.memoryMiB },
      stdout: true,
      stderr: true,
    });
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) {
      createInterface({ input: stream }).on("line", onLine);
    }
    this.#worker.on("message", (message: "ready" | Outcome) => this.#hear(message));
    this.#worker.on("error", (error) => this.#fail(error.name, error.message));
    this.#worker.on("exit", (code) => this.#fail("Runtime.ExitError", `the worker ended with exit status ${code}`));
  }

  /** True once the thread has ended or must not be used again. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The timeout counts from when the bundle is loaded, as Lambda's does. */
  async run(payload: string): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#payload = payload;
      this.#finish = resolve;
      if (this.#ended) {
        this.#fail("Runtime.ExitError", "the worker had ended");
      } else if (this.#loaded) {
        this.#begin();
      }
    });
  }

  async end(): Promise<void> {
    this.#fail("ServiceException", "the machine ended the worker");
    await this.#worker.terminate();
  }

  #hear(message: "ready" | Outcome): void {
    if (message === "ready") {
      this.#loaded = true;
      this.#begin();
    } else {
      this.#settle(message);
    }
  }

  #begin(): void {
    if (this.#payload === undefined) {
      return;
    }
    const message: InvocationMessage = {
      payload: this.#payload,
      requestId: randomUUID(),
      deadlineMs: Date.now() + this.#timeoutMs,
    };
    this.#payload = undefined;
    this.#timer = setTimeout(() => {
      this.#fail("Sandbox.Timedout", `Task timed out after ${this.#timeoutMs / 1000} seconds`);
      void this.#worker.terminate();
    }, this.#timeoutMs);
    this.#worker.postMessage(message, []);
  }

  #fail(errorType: string, errorMessage: string): void {
    this.#ended = true;
    this.#settle({ errorType, errorMessage });
  }

  #settle(outcome: Outcome): void {
    clearTimeout(this.#timer);
    const finish = this.#finish;
    this.#finish = undefined;
    finish?.(outcome);
  }
}

function workerPlace(definition: FunctionDefinition, bundle: string): WorkerPlace {
  const [module = "", exportName = ""] = definition.handler.split(".");
  return {
    file: join(bundle, `${module}.js`),
    exportName,
    functionName: definition.name,
    functionArn: definition.arn,
    memoryMiB: definition.memoryMiB,
  };
}
