/** Runs a command to its end and keeps what it printed. */
import { spawn } from "node:child_process";

export interface CommandOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface CommandEnd {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Lines of a failed command that are shown. */
const SHOWN_LINES = 40;

/** No stdin and no terminal; a group of its own, so that stopping it stops its children. Throws where it was stopped. */
export function endOf(command: string, args: readonly string[], options: CommandOptions): Promise<CommandEnd> {
  const { cwd, env } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
    const stop = (): void => endGroup(child.pid);
    signal.addEventListener("abort", stop);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (status) => {
      signal.removeEventListener("abort", stop);
      if (signal.aborted) reject(new Error(`${command} was stopped: ${String(signal.reason)}`));
      else resolve({ status, stdout, stderr });
    });
  });
}

/** What a command printed; throws its last lines where it failed. */
export async function outputOf(command: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const { status, stdout, stderr } = await endOf(command, args, options);
  if (status === 0) return stdout;
  const tail = `${stdout}\n${stderr}`.trimEnd().split("\n").slice(-SHOWN_LINES).join("\n     ");
  throw new Error(`${args.join(" ").slice(0, 200)} ended with ${status}, wanted 0:\n     ${tail}`);
}

export function endGroup(pid: number | undefined, signal: NodeJS.Signals = "SIGTERM"): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already: that is what was wanted.
  }
}
