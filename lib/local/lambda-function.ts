/** One function: its bundle in a few worker threads, with the template's environment, memory and timeout. */
import { createWriteStream } from "node:fs";
import type { WriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { MessageChannel, Worker } from "node:worker_threads";

import type { Invocation, Outcome, WorkerPlace } from "./function-worker.ts";
import type { FunctionPlan } from "./resources.ts";

/** Threads of one function at the same time; AWS would give up to a thousand, one machine has a few cores. */
const THREADS = 4;
/** A warning or error as Powertools writes it. */
const WARNING = /"level":"(WARN|ERROR|CRITICAL)","message":"([^"]*)"/u;

export interface FunctionSettings {
  /** Folder of each asset by its hash. */
  readonly assets: ReadonlyMap<string, string>;
  /** Besides the template's own. */
  readonly env: Readonly<Record<string, string>>;
  readonly logs: string;
  /** Hears warnings and errors alone, one line each. */
  readonly warn: (line: string) => void;
}

export class LambdaFunction {
  readonly #plan: FunctionPlan;
  readonly #open: () => Worker;
  readonly #warn: (line: string) => void;
  readonly #log: WriteStream;
  readonly #workers = new Set<Worker>();
  readonly #idle = new Set<Worker>();
  readonly #waiting: (() => void)[] = [];
  #stopped = false;

  constructor(plan: FunctionPlan, { assets, env, logs, warn }: FunctionSettings) {
    this.#plan = plan;
    this.#warn = (line) => warn(`${plan.name}: ${line}`);
    this.#log = createWriteStream(join(logs, `${plan.name}.log`), { flags: "a" });
    this.#open = () =>
      new Worker(new URL("function-worker.ts", import.meta.url), {
        env: { AWS_LAMBDA_FUNCTION_NAME: plan.name, TZ: ":UTC", ...plan.Environment.Variables, ...env },
        // The flags of the process that holds the machine are not the function's.
        execArgv: [],
        workerData: placeOf(plan, assets),
        resourceLimits: { maxOldGenerationSizeMb: plan.MemorySize },
        stdout: true,
        stderr: true,
      });
  }

  /** Payloads are JSON text. Waits for a free thread; never rejects. */
  async invoke(payload: string): Promise<Outcome> {
    while (this.#workers.size - this.#idle.size >= THREADS && !this.#stopped) {
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    }
    if (this.#stopped) return { errorType: "ServiceException", errorMessage: "the machine is stopping" };
    const [worker = this.#hire()] = this.#idle;
    this.#idle.delete(worker);
    const outcome = await converse(worker, payload, this.#plan.Timeout);
    if (this.#workers.has(worker)) this.#idle.add(worker);
    this.#waiting.shift()?.();
    if ("errorType" in outcome) this.#warn(`${outcome.errorType}: ${outcome.errorMessage}`);
    return outcome;
  }

  /** Ends every thread; whoever waits gets a failure. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const goOn of this.#waiting) goOn();
    await Promise.all([...this.#workers].map(async (worker) => worker.terminate()));
    this.#log.end();
  }

  #hire(): Worker {
    const worker = this.#open();
    this.#workers.add(worker);
    worker.on("exit", () => this.#workers.delete(worker) && this.#idle.delete(worker));
    worker.on("error", (error) => this.#warn(String(error)));
    for (const input of [worker.stdout, worker.stderr]) createInterface({ input }).on("line", (line) => this.#write(line));
    return worker;
  }

  #write(line: string): void {
    this.#log.write(`${line}\n`);
    const [, level, message] = WARNING.exec(line) ?? [];
    const [, code = ""] = /"code":"([\w-]+)"/u.exec(line) ?? [];
    if (level !== undefined) this.#warn(`${level} ${message} ${code}`.trim());
  }
}

/** One invocation; its timeout counts from when the bundle is loaded, as Lambda's does. */
async function converse(worker: Worker, payload: string, timeoutSeconds: number): Promise<Outcome> {
  const { port1: port, port2: theirs } = new MessageChannel();
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  let end: Outcome = { errorType: "Runtime.ExitError", errorMessage: "the thread ended before its answer" };
  const timer = setTimeout(() => {
    end = { errorType: "Sandbox.Timedout", errorMessage: `Task timed out after ${timeoutSeconds} seconds` };
    void worker.terminate();
  }, timeoutSeconds * 1000);
  port.on("message", (message: "begun" | Outcome) => (message === "begun" ? void timer.refresh() : resolve(message)));
  // Closed by the end of the thread; once that is complete nobody hires the thread again.
  port.on("close", () => void worker.terminate().then(() => resolve(end)));
  const invocation: Invocation = { payload, port: theirs };
  worker.postMessage(invocation, [theirs]);
  const outcome = await promise;
  clearTimeout(timer);
  port.removeAllListeners("close").close();
  return outcome;
}

function placeOf(plan: FunctionPlan, assets: FunctionSettings["assets"]): WorkerPlace {
  const bundle = assets.get(plan.Code.S3Key.replace(/\.zip$/u, "")) ?? "";
  const [module = "", exportName = ""] = plan.Handler.split(".");
  const context = { functionName: plan.name, functionVersion: "$LATEST", invokedFunctionArn: plan.arn };
  return { file: join(bundle, `${module}.js`), exportName, timeoutMs: plan.Timeout * 1000, context };
}
