/**
 * `npm run test:deploy`: deploys the stack to an AWS emulator, without an account, and plays one calendar's life on it.
 * Ends with `N passed, N failed`; where PyPI cannot be reached with `0 passed, 0 failed, 1 skipped` and the reason.
 */
import { mkdir, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";

import { Deployment } from "./deployment.ts";
import type { Place } from "./deployment.ts";
import { installEmulator, startEmulator } from "./emulator.ts";
import type { Emulator } from "./emulator.ts";
import { play } from "./scenario.ts";
import { SourceServer } from "./source-server.ts";
import { Skip, Steps } from "./steps.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const STATE = join(ROOT, ".calferry", "deploy-test");
const VENV = join(ROOT, ".calferry", "ministack");

/** Lines of the emulator's log that are shown when a step fails. */
const LOG_LINES = 60;

const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
}
const steps = new Steps((line) => console.log(line));
try {
  await main();
  console.log(steps.closing());
} catch (error) {
  if (error instanceof Skip) {
    console.log(`skipped: ${error.message}`);
    console.log("0 passed, 0 failed, 1 skipped");
  } else {
    console.log(steps.closing());
    process.exitCode = 1;
  }
}

async function main(): Promise<void> {
  await rm(STATE, { recursive: true, force: true });
  await mkdir(STATE, { recursive: true });
  const place: Place = { root: ROOT, dir: STATE, env: plainEnvironment(), signal: stopping.signal };
  const pip = { cwd: STATE, env: networkEnvironment(), timeoutMs: 240_000, signal: stopping.signal };
  const program = await steps.take("the emulator is installed from PyPI", () => installEmulator(VENV, pip));
  const emulator = await steps.take("the emulator starts", () =>
    startEmulator({ program, dir: STATE, env: place.env, signal: stopping.signal }),
  );
  const source = new SourceServer();
  try {
    await play({ steps, deployment: new Deployment(place, emulator), emulator, source, signal: stopping.signal });
  } catch (error) {
    await showLog(emulator);
    throw error;
  } finally {
    source.close();
    await emulator.stop();
  }
}

async function showLog(emulator: Emulator): Promise<void> {
  const lines = (await emulator.log()).trimEnd().split("\n").slice(-LOG_LINES);
  console.log(["last lines of the emulator's log:", ...lines.map((line) => line.slice(0, 600))].join("\n  | "));
}

/** Node 24 of the project first; no profile, key or proxy of whoever runs the test. */
function plainEnvironment(): Readonly<Record<string, string>> {
  const path = [join(ROOT, "node_modules", ".bin"), process.env["PATH"] ?? ""].join(delimiter);
  const kept = ["HOME", "LANG", "SYSTEMROOT"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), PATH: path, CI: "true", TZ: "UTC" };
}

/** pip needs the proxy, index and certificates that this machine is set up with. */
function networkEnvironment(): Readonly<Record<string, string>> {
  const entries = Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return Object.fromEntries(entries);
}
