/** Runs the bundles: each function has a few sandboxes with the template's environment, memory and timeout. */
import { createWriteStream } from "node:fs";
import type { WriteStream } from "node:fs";
import { join } from "node:path";

import { objectOf, parseJson, textOf } from "./json.ts";
import type { FunctionDefinition } from "./plan.ts";
import { Sandbox } from "./sandbox.ts";
import type { Outcome } from "./sandbox.ts";

/** Sandboxes of one function at the same time; AWS would give up to a thousand, one machine has a few cores. */
const POOL_LIMIT = 4;

export interface HostOptions {
  readonly functions: readonly FunctionDefinition[];
  readonly bundleOf: (asset: string) => string;
  /** Besides the template's own: the SDK's variables and what a test adds. */
  readonly env: Readonly<Record<string, string>>;
  readonly logDirectory: string;
  /** One line for people, for warnings and errors alone. */
  readonly warn: (line: string) => void;
}

export class FunctionHost {
  readonly #options: HostOptions;
  readonly #pools: ReadonlyMap<string, Pool>;
  #stopped = false;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#pools = new Map(
      options.functions.map((definition) => {
        const log = createWriteStream(join(options.logDirectory, `${definition.name}.log`), { flags: "a" });
        return [definition.name, { definition, log, idle: [], busy: new Set(), waiting: [] }];
      }),
    );
  }

  has(functionName: string): boolean {
    return this.#pools.has(functionName);
  }

  /** Payloads are JSON text. Waits for a free sandbox; never rejects. */
  async invoke(functionName: string, payload: string): Promise<Outcome> {
    const pool = this.#pools.get(functionName);
    if (pool === undefined) {
      return { errorType: "ResourceNotFoundException", errorMessage: `Function not found: ${functionName}` };
    }
    while (pool.busy.size >= Math.min(POOL_LIMIT, pool.definition.concurrency)) {
      await new Promise<void>((resolve) => {
        pool.waiting.push(resolve);
      });
    }
    if (this.#stopped) {
      return { errorType: "ServiceException", errorMessage: "the machine is stopping" };
    }
    const outcome = await this.#runIn(pool, payload);
    pool.waiting.shift()?.();
    if ("errorType" in outcome && !this.#hasStopped()) {
      pool.log.write(`${JSON.stringify({ level: "ERROR", ...outcome })}\n`);
      this.#options.warn(`${functionName}: ${outcome.errorType}: ${outcome.errorMessage}`);
    }
    return outcome;
  }

  /** Ends every sandbox; whoever waits gets a failure. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const pools = [...this.#pools.values()];
    await Promise.all(pools.flatMap((pool) => [...pool.idle, ...pool.busy]).map(async (sandbox) => sandbox.end()));
    for (const pool of pools) {
      pool.log.end();
    }
  }

  async #runIn(pool: Pool, payload: string): Promise<Outcome> {
    const sandbox = this.#hire(pool);
    pool.busy.add(sandbox);
    const outcome = await sandbox.run(payload);
    pool.busy.delete(sandbox);
    if (!sandbox.ended) {
      pool.idle.push(sandbox);
    }
    return outcome;
  }

  #hire(pool: Pool): Sandbox {
    const alive = pool.idle.splice(0).filter((sandbox) => !sandbox.ended);
    const sandbox = alive.pop();
    pool.idle.push(...alive);
    const { definition, log } = pool;
    const env = { ...lambdaEnvironment(definition), ...definition.env, ...this.#options.env };
    return (
      sandbox ??
      new Sandbox(definition, this.#options.bundleOf(definition.asset), env, (line) => {
        log.write(`${line}\n`);
        warnOf(definition.name, line, this.#options.warn);
      })
    );
  }

  #hasStopped(): boolean {
    return this.#stopped;
  }
}

interface Pool {
  readonly definition: FunctionDefinition;
  readonly log: WriteStream;
  readonly idle: Sandbox[];
  readonly busy: Set<Sandbox>;
  readonly waiting: (() => void)[];
}

/** What Lambda itself sets. */
function lambdaEnvironment(definition: FunctionDefinition): Record<string, string> {
  return {
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMiB),
    TZ: ":UTC",
  };
}

function warnOf(functionName: string, line: string, warn: (line: string) => void): void {
  if (!/"level":"(?:WARN|ERROR|CRITICAL)"/u.test(line)) {
    return;
  }
  try {
    const { level, code, message } = objectOf(parseJson(line));
    warn([`${functionName}:`, ...[level, code, message].map(textOf).filter((part) => part !== "")].join(" "));
  } catch {
    warn(`${functionName}: ${line}`);
  }
}
