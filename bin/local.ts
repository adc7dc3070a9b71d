/** One machine: `npm start [-- --port N --dir FOLDER --reset --no-samples]`. */
import { parseArgs } from "node:util";

import { registerSamples } from "../lib/local/first-run.ts";
import { MachineError } from "../lib/local/machine-error.ts";
import { start } from "../lib/local/machine.ts";
import type { Machine } from "../lib/local/machine.ts";

/** Ctrl-C ends the process after this long, whatever still hangs. */
const STOP_LIMIT_MS = 1800;

type Options = { readonly dir: string; readonly port: string; readonly reset: boolean; readonly samples: boolean };

try {
  await run();
} catch (error) {
  console.error(`calferry: ${describe(error)}`);
  process.exit(1);
}

async function run(): Promise<void> {
  const values = readOptions();
  console.log("Calferry is starting on this machine ...");
  const machine = await start({
    dir: values.dir,
    port: Number(values.port),
    print: console.error,
    state: values.reset ? "reset" : "keep",
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void end(machine));
  await tell(machine, values.samples);
}

function readOptions(): Options {
  const { values } = parsed();
  if (/^\d{1,5}$/u.test(values.port) && Number(values.port) <= 65_535) return values;
  throw new MachineError("usage-wrong", `--port is ${values.port}, wanted a number from 0 to 65535; leave it out for 4680`);
}

function parsed(): { readonly values: Options } {
  try {
    return parseArgs({
      options: {
        dir: { type: "string", default: ".calferry" },
        port: { type: "string", default: "4680" },
        reset: { type: "boolean", default: false },
        samples: { type: "boolean", default: true },
      },
      allowNegative: true,
    });
  } catch (error) {
    const [what = ""] = (error instanceof Error ? error.message : String(error)).split(". ");
    const wanted = "wanted --port N, --dir FOLDER, --reset or --no-samples, or none of them";
    throw new MachineError("usage-wrong", `${what}, ${wanted}; see: README.md`, error);
  }
}

async function tell(machine: Machine, samples: boolean): Promise<void> {
  const feeds = samples ? await registerSamples(machine) : [];
  console.log(`\n  Open      ${machine.url}/`);
  for (const { name, url } of feeds) console.log(`  Feed      ${url}  (${name})`);
  const [first] = feeds;
  if (first !== undefined) console.log(`  Look      curl -i '${first.url}'`);
  console.log("  Add       npm run calferry -- calendar add https://example.com/mine.ics --local");
  console.log("  Stop      Ctrl-C; the next start goes on where this one ended\n");
}

async function end(machine: Machine): Promise<void> {
  setTimeout(() => process.exit(0), STOP_LIMIT_MS).unref();
  await machine.stop();
  process.exit(0);
}

function describe(error: unknown): string {
  if (error instanceof MachineError) return `${error.code}: ${error.message}`;
  return `internal-error: ${error instanceof Error ? error.message : String(error)}; run it again with --reset if it comes back`;
}
