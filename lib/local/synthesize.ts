/** The cloud assembly that the machine runs: synthesized by `bin/app.ts`, cached by the hash of what goes into it. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import * as z from "zod";

import { MachineError } from "./machine-error.ts";

export const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
export const STACK = "Calferry-local";

/** What the stack is told: sources on loopback are allowed, and the rules for AWS accounts are not asked. */
const CONTEXT = { stage: "local", nag: "false", fetchAllow: "127.0.0.0/8,::1/128" } as const;
/** lib/local and lib/cli are no part of any bundle. */
const INPUTS = ["{bin/app.ts,package-lock.json,cdk.json}", "{functions,lib/!(local|cli)}/**/*.ts"] as const;
/** An assembly that nobody used for this long goes when a new one comes; a machine may still run on a younger one. */
const KEEP_MS = 86_400_000;

const Manifest = z.object({ files: z.record(z.string(), z.object({ source: z.object({ path: z.string() }) })) });
const CdkFile = z.object({ context: z.record(z.string(), z.unknown()).default({}) });

const Said = z.object({ stdout: z.string().optional(), stderr: z.string().optional() });

/** Returns the assembly's folder. */
export async function synthesize(cache: string): Promise<string> {
  const assembly = join(cache, hashInputs());
  if (existsSync(assembly)) return assembly;
  mkdirSync(cache, { recursive: true });
  const unfinished = `${assembly}.${process.pid}`;
  const { context } = CdkFile.parse(JSON.parse(readFileSync(join(PROJECT, "cdk.json"), "utf8")));
  const env = { ...process.env, CDK_OUTDIR: unfinished, CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...CONTEXT }) };
  await promisify(execFile)(process.execPath, [join(PROJECT, "bin/app.ts")], { cwd: PROJECT, env }).catch((error: unknown) => {
    const { stdout = "", stderr = "" } = Said.parse(error);
    const end = `${stdout}${stderr}`.trim().slice(-2000);
    throw new MachineError("config-invalid", `bin/app.ts failed, wanted a synthesized stack: ${end}`, error);
  });
  // Without it the nearest package.json is the project's own, and a CommonJS bundle would be read as a module.
  writeFileSync(join(unfinished, "package.json"), "{}\n");
  const others = readdirSync(cache).map((name) => join(cache, name));
  for (const old of others.filter((path) => Date.now() - statSync(path).mtimeMs > KEEP_MS)) rmSync(old, { recursive: true });
  if (existsSync(assembly)) rmSync(unfinished, { recursive: true });
  else renameSync(unfinished, assembly);
  return assembly;
}

/** Folder of each asset by its hash, from the assembly's manifests. */
export function readAssets(assembly: string): ReadonlyMap<string, string> {
  const assets = new Map<string, string>();
  for (const name of readdirSync(assembly).filter((one) => one.endsWith(".assets.json"))) {
    const { files } = Manifest.parse(JSON.parse(readFileSync(join(assembly, name), "utf8")));
    for (const [hash, { source }] of Object.entries(files)) assets.set(hash, join(assembly, source.path));
  }
  return assets;
}

function hashInputs(): string {
  const hash = createHash("sha256").update(process.version).update(JSON.stringify(CONTEXT));
  for (const file of globSync([...INPUTS], { cwd: PROJECT }).toSorted((one, other) => one.localeCompare(other))) {
    if (statSync(join(PROJECT, file)).isFile()) hash.update(file).update(readFileSync(join(PROJECT, file)));
  }
  return hash.digest("hex").slice(0, 16);
}
