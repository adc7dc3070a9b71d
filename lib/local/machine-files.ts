/** What lies in the machine's folder: the admin key, the ports, the mark of a running machine, and `machine.json` for the terminal. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { MachineFile } from "../contract/machine.ts";
import { numberOf, objectOf, parseJson, textOf } from "./json.ts";
import { freePort } from "./loopback-server.ts";
import { MachineError } from "./machine-error.ts";
import type { Ports } from "./sdk-settings.ts";

/** Everything that a reset wipes; the cache of synthesized stacks beside it is no state. */
const STATE = [
  "admin-key",
  "logs",
  "machine.json",
  "messages",
  "ports.json",
  "records.db",
  "records.db-shm",
  "records.db-wal",
  "running",
  "tables",
];

/** Throws `port-busy` where another machine runs in this folder; `reset` forgets everything that was kept. */
export async function prepareFolder(folder: string, state: "keep" | "reset"): Promise<void> {
  const url = textOf(readObject(join(folder, "machine.json"))["url"]);
  if (url !== "" && (await answersFor(url)) === folder) {
    throw new MachineError(
      "port-busy",
      `a machine runs in ${folder} already, at ${url}, expected one for each folder; stop it or use another folder`,
    );
  }
  for (const name of state === "reset" ? STATE : []) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
  for (const name of ["logs", "messages", "tables"]) {
    mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  }
}

/** Marks the folder as in use; returns whether the last machine stopped cleanly. */
export function claimFolder(folder: string): boolean {
  const clean = !existsSync(join(folder, "running"));
  writeFileSync(join(folder, "running"), "");
  return clean;
}

/** The folder of the machine at this address, if one answers. */
async function answersFor(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(new URL("/-/machine", url), { signal: AbortSignal.timeout(1000) });
    return textOf(objectOf(parseJson(await response.text()))["folder"]);
  } catch {
    return undefined;
  }
}

export function releaseFolder(folder: string): void {
  rmSync(join(folder, "machine.json"), { force: true });
  rmSync(join(folder, "running"), { force: true });
}

/** The ports of the last time where they are still free, so that stored queue URLs and running terminals stay right. */
export async function claimPorts(folder: string): Promise<Ports> {
  const file = join(folder, "ports.json");
  const last = readObject(file);
  const claim = async (name: string): Promise<number> => {
    const port = numberOf(last[name], 0);
    return freePort(port === 0 ? [] : [port]);
  };
  const ports = { tables: await claim("tables"), messages: await claim("messages"), control: await claim("control") };
  writeFileSync(file, JSON.stringify(ports));
  return ports;
}

/** Made at the first start; readable by the owner alone. */
export function adminKeyOf(folder: string): string {
  const file = join(folder, "admin-key");
  if (!existsSync(file)) {
    writeFileSync(file, `cf_${randomBytes(24).toString("base64url")}`, { mode: 0o600 });
  }
  return readFileSync(file, "utf8");
}

export function writeMachineFile(folder: string, content: MachineFile): void {
  const file = join(folder, "machine.json");
  writeFileSync(`${file}.next`, JSON.stringify(content, undefined, 2), { mode: 0o600 });
  renameSync(`${file}.next`, file);
}

function readObject(file: string): ReturnType<typeof objectOf> {
  return existsSync(file) ? objectOf(parseJson(readFileSync(file, "utf8"))) : {};
}
