/** The subscribers that Debian ships, found here or installed. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

const SUBSCRIBERS = ["vdirsyncer", "khal"];

/** Why there are none here; undefined where they can be run. */
export async function missingSubscribers(): Promise<string | undefined> {
  const missing = await absent();
  if (missing.length === 0) return undefined;
  if (process.getuid?.() !== 0) return `${missing.join(" and ")} missing; sudo apt-get install ${missing.join(" ")}`;
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update", "-qq"], { env });
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...missing], { env });
  } catch (error) {
    return `${missing.join(" and ")} missing, and apt-get did not install them: ${String(error).trim().split("\n").at(-1) ?? ""}`;
  }
  const still = await absent();
  return still.length === 0 ? undefined : `${still.join(" and ")} missing after apt-get install`;
}

async function absent(): Promise<string[]> {
  const found = await Promise.all(SUBSCRIBERS.map(answers));
  return SUBSCRIBERS.filter((_, index) => found[index] !== true);
}

async function answers(command: string): Promise<boolean> {
  return await run(command, ["--version"]).then(
    () => true,
    () => false,
  );
}
