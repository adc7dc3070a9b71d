/** The cloud assembly that the machine runs: synthesized by `bin/app.ts`, cached by the hash of what goes into it. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { objectOf, parseJson, textOf } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { MachineError } from "./machine-error.ts";

export const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
export const STACK = "Calferry-local";

/** What the stack is told: sources on loopback are allowed, and the rules for AWS accounts are not asked. */
const CONTEXT = { stage: "local", nag: "false", fetchAllow: "127.0.0.0/8,::1/128" } as const;
/** lib/local and lib/cli are no part of any bundle. */
const INPUTS = ["{bin/app.ts,package-lock.json,cdk.json}", "{functions,lib/!(local|cli)}/**/*.ts"] as const;

/** Returns the assembly's folder. */
export async function synthesize(cache: string): Promise<string> {
  const hash = hashInputs();
  const assembly = join(cache, hash);
  if (existsSync(assembly)) {
    return assembly;
  }
  mkdirSync(cache, { recursive: true });
  const unfinished = `${assembly}.${process.pid}`;
  const context = { ...objectOf(objectOf(parseJson(readFileSync(join(PROJECT, "cdk.json"), "utf8")))["context"]), ...CONTEXT };
  await runApp({ ...process.env, CDK_OUTDIR: unfinished, CDK_CONTEXT_JSON: JSON.stringify(context) });
  // Without it the nearest package.json is the project's own, and a CommonJS bundle would be read as a module.
  writeFileSync(join(unfinished, "package.json"), "{}\n");
  for (const old of readdirSync(cache).filter((name) => join(cache, name) !== unfinished)) {
    rmSync(join(cache, old), { recursive: true, force: true });
  }
  renameSync(unfinished, assembly);
  return assembly;
}

/** Folder of each asset by its hash, from the assembly's manifests. */
export function readAssets(assembly: string): ReadonlyMap<string, string> {
  const manifests = readdirSync(assembly).filter((name) => name.endsWith(".assets.json"));
  const files = manifests.flatMap((name) => Object.entries(filesOf(join(assembly, name))));
  return new Map(files.map(([hash, file]) => [hash, join(assembly, textOf(objectOf(objectOf(file)["source"])["path"]))]));
}

function filesOf(manifest: string): JsonObject {
  return objectOf(objectOf(parseJson(readFileSync(manifest, "utf8")))["files"]);
}

function hashInputs(): string {
  const hash = createHash("sha256").update(process.version).update(JSON.stringify(CONTEXT));
  for (const file of globSync([...INPUTS], { cwd: PROJECT }).toSorted((one, other) => one.localeCompare(other))) {
    const path = join(PROJECT, file);
    if (statSync(path).isFile()) {
      hash.update(file).update(readFileSync(path));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

async function runApp(env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, [join(PROJECT, "bin/app.ts")], { cwd: PROJECT, env, stdio: ["ignore", "pipe", "pipe"] });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => output.push(text));
  }
  const status = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
  if (status !== 0) {
    const said = output.join("").trim().slice(-2000);
    throw new MachineError("config-invalid", `bin/app.ts ended with status ${status}, expected a synthesized stack: ${said}`);
  }
}
