/** A Python with the packages that a test asks for, in a virtual environment under .calferry/. */
import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Path of the environment's python; rejects where PyPI cannot be reached. */
export async function pythonWith(packages: readonly string[]): Promise<string> {
  const venv = join(process.cwd(), ".calferry", "venv-test");
  const python = join(venv, "bin", "python");
  const isThere = await access(python).then(
    () => true,
    () => false,
  );
  if (!isThere) await run("python3", ["-m", "venv", venv]);
  await run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages]);
  return python;
}
