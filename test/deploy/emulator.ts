/** The AWS emulator (ministack, from PyPI): installed into a virtual environment, started on a free loopback port, ended with its workers. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";

import { awaitUntil } from "./await-until.ts";
import { endGroup, endOf, outputOf } from "./command.ts";
import type { CommandOptions } from "./command.ts";
import { Skip } from "./steps.ts";

const WANTED = "ministack>=1.4.21";

/** How pip says that it could not speak to the index; anything else is a failure of ours. */
const UNREACHABLE =
  /NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|Connection (?:refused|reset|aborted)|name resolution|Name or service not known|Network is unreachable|from versions: none|SSLError/iu;

/** The index was reached and has nothing for this Python. */
const TOO_OLD = /require a different python version|Requires-Python/iu;

/** The program to start. Works offline once installed, for pip finds the requirement satisfied. */
export async function installEmulator(venv: string, options: CommandOptions): Promise<string> {
  const python = join(venv, "bin", "python");
  const pip = ["-m", "pip", "--disable-pip-version-check", "--no-input"];
  if (!existsSync(python) || (await endOf(python, [...pip, "--version"], options)).status !== 0) {
    await outputOf("python3", ["-m", "venv", "--clear", venv], options);
  }
  const installed = await endOf(python, [...pip, "install", "--retries", "2", WANTED], options);
  if (installed.status !== 0 && UNREACHABLE.test(installed.stderr) && !TOO_OLD.test(installed.stderr)) {
    throw new Skip(`PyPI cannot be reached from here: ${installed.stderr.trim().split("\n").at(-1)}`);
  }
  if (installed.status !== 0) throw new Error(`pip install ${WANTED} ended with ${installed.status}: ${installed.stderr}`);
  return join(venv, "bin", "ministack");
}

export interface Emulator {
  readonly port: number;
  readonly endpoint: string;
  log(): Promise<string>;
  stop(): Promise<void>;
}

export interface EmulatorSettings {
  readonly program: string;
  readonly dir: string;
  /** Node 24 stands first on its PATH: functions run on the `node` found there. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export async function startEmulator(settings: EmulatorSettings): Promise<Emulator> {
  const port = await freePort();
  const logPath = join(settings.dir, "emulator.log");
  const temporary = join(settings.dir, "tmp");
  await mkdir(temporary, { recursive: true });
  // The emulator puts its CommonJS worker script there; our own package.json above it would make it a module.
  await writeFile(join(temporary, "package.json"), JSON.stringify({ type: "commonjs" }));
  const log = await open(logPath, "w");
  const child = spawn(settings.program, [], {
    cwd: settings.dir,
    env: {
      ...settings.env,
      BIND_HOST: "127.0.0.1",
      GATEWAY_PORT: String(port),
      LAMBDA_EXECUTOR: "local",
      TMPDIR: temporary,
    },
    stdio: ["ignore", log.fd, log.fd],
    detached: true,
  });
  await log.close();
  const ended = once(child, "exit");
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    endGroup(child.pid);
    const killer = setTimeout(() => endGroup(child.pid, "SIGKILL"), 5_000);
    await ended;
    clearTimeout(killer);
    // Workers are in the emulator's group and may outlive it.
    endGroup(child.pid, "SIGKILL");
  };
  try {
    await awaitUntil({ what: "the emulator answers", withinMs: 60_000, everyMs: 200, signal: settings.signal }, async () => {
      if (child.exitCode !== null) throw new Error(`the emulator ended at its start: ${await readFile(logPath, "utf8")}`);
      const answer = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
      return answer?.ok === true ? true : undefined;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, endpoint, log: () => readFile(logPath, "utf8"), stop };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the system gave no loopback port; try again");
  return address.port;
}
