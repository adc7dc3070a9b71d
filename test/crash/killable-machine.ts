/** One machine in a process of its own, behind proxies that see each AWS call of its functions; killed, it can be started again. */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import * as z from "zod";

import { StackOutputs } from "../../lib/contract/machine.ts";
import { PROJECT, synthesize } from "../../lib/local/synthesize.ts";
import { EngineProxy } from "./engine-proxy.ts";
import type { Seen } from "./engine-proxy.ts";

const Ready = z.object({
  url: z.string(),
  adminKey: z.string(),
  outputs: StackOutputs,
  tables: z.string(),
  messages: z.string(),
});
/** A machine that answers: its routes, its admin key, its outputs, and its engines without the proxies. */
export type Running = z.infer<typeof Ready>;

export interface CallWatch {
  onAsked(seen: Seen): "pass" | "drop";
  onDone(seen: Seen, status: number): void;
}
/** Longer than the API's own timeout. */
const ANSWER_LIMIT_MS = 30_000;
const NOBODY: CallWatch = { onAsked: () => "pass", onDone: () => undefined };

export class KillableMachine {
  readonly #folder: string;
  readonly #assembly: string;
  readonly #proxies: readonly [tables: EngineProxy, messages: EngineProxy];
  #child: ChildProcess | undefined;
  #killed = false;
  #exit: Promise<unknown> = Promise.resolve();

  private constructor(folder: string, assembly: string, proxies: readonly [EngineProxy, EngineProxy]) {
    this.#folder = folder;
    this.#assembly = assembly;
    this.#proxies = proxies;
    this.watch(NOBODY);
  }

  /** Synthesized once: all starts run the same functions, whatever happens to the sources meanwhile. */
  static async open(folder: string): Promise<KillableMachine> {
    const assembly = await synthesize(join(PROJECT, ".calferry", "synth"));
    return new KillableMachine(folder, assembly, await Promise.all([EngineProxy.open(), EngineProxy.open()]));
  }

  /** From now on `watch` sees each call. */
  watch(watch: CallWatch): void {
    for (const proxy of this.#proxies) {
      proxy.onAsked = (seen) => (this.#killed ? "drop" : watch.onAsked(seen));
      proxy.onDone = (seen, status) => watch.onDone(seen, status);
    }
  }

  /** Undefined where it was killed before it answered; throws where it ended by itself. */
  async start(): Promise<Running | undefined> {
    const [tables, messages] = this.#proxies;
    const args = [this.#folder, this.#assembly, tables.url, messages.url];
    const child = fork(join(import.meta.dirname, "machine-child.ts"), args, { stdio: "inherit" });
    this.#killed = false;
    this.#child = child;
    this.#exit = once(child, "exit");
    const { promise, resolve } = Promise.withResolvers<unknown>();
    child.once("message", resolve);
    const word = await Promise.race([promise, this.#exit.then(() => undefined)]);
    if (word === undefined) return this.#tellUnlessKilled(child);
    const ready = Ready.parse(word);
    tables.engine = ready.tables;
    messages.engine = ready.messages;
    return ready;
  }

  /** At once, and nothing of it reaches an engine any more. */
  kill(): void {
    this.#killed = true;
    this.#child?.kill("SIGKILL");
  }

  /** Resolves when the process has ended by a kill or a stop; throws where it ended by itself. */
  async ended(): Promise<void> {
    await this.#exit;
    if (this.#child !== undefined && this.#child.exitCode !== 0) this.#tellUnlessKilled(this.#child);
  }

  /** Fires the tick schedule, as its clock would. */
  tick(): void {
    if (!this.#killed) this.#child?.send("tick", () => undefined);
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.send("stop", () => undefined);
    await this.#exit;
  }

  /** Stops the machine and the proxies. */
  async close(): Promise<void> {
    await this.stop();
    for (const proxy of this.#proxies) proxy.close();
  }

  #tellUnlessKilled({ exitCode, signalCode }: ChildProcess): undefined {
    if (this.#killed) return undefined;
    throw new Error(
      `the machine ended by itself (exit code ${exitCode}, signal ${signalCode}), wanted it to run until it is killed`,
    );
  }
}

/** The API's answer to the machine's own key; rejects where the connection breaks. */
export async function requestMachine(running: Running, method: string, path: string, body?: string): Promise<Response> {
  const headers = {
    authorization: `Bearer ${running.adminKey}`,
    "content-type": body?.startsWith("BEGIN:") === true ? "text/calendar" : "application/json",
  };
  const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
  return await fetch(running.url + path, { method, headers, signal, ...(body === undefined ? {} : { body }) });
}

/** The API's answer, which must be a success. */
export async function askMachine(running: Running, method: string, path: string, body?: string): Promise<unknown> {
  const response = await requestMachine(running, method, path, body);
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}, expected 2xx: ${await response.text()}`);
  return await response.json();
}
