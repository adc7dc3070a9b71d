/** The terminal of a running process. */
import { promises as files } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

import type { Place, Terminal } from "./terminal.ts";

/** Ranges that --local lets `inspect` fetch from. */
const LOOPBACK = ["127.0.0.0/8", "::1/128"];
/** As much as a deployment takes by its usual configuration. */
const LIMIT_BYTES = 32 * 1024 * 1024;

export function createTerminal(): Terminal {
  // A reader that closes early, such as head, is no error.
  process.stdout.on("error", (error: Error & { code?: string }) => {
    if (error.code !== "EPIPE") throw error;
  });
  return {
    print: (text) => void process.stdout.write(`${text}\n`),
    complain: (text) => void process.stderr.write(`${text}\n`),
    readInput,
    ...secretOf(process.env["CALFERRY_SOURCE_SECRET"]),
    inputLines: () => createInterface({ input: process.stdin, crlfDelay: Infinity }),
    connect: async (place) => {
      const { openConnection } = await import("./open-connection.ts");
      return await openConnection(place, machineFolder(), process.env);
    },
    source: openSource,
    ...(process.stderr.isTTY ? { draw: (line: string) => void process.stderr.write(`\r\u001b[2K${line}`) } : {}),
    interruption: () => {
      const interruption = new AbortController();
      process.once("SIGINT", () => interruption.abort());
      return interruption.signal;
    },
    writeFile: async (file, bytes) => await files.writeFile(file, bytes),
    sleep: async (ms) => {
      await new Promise((done) => {
        setTimeout(done, ms);
      });
    },
    now: () => new Date(),
    endWith: (status) => {
      process.exitCode = status;
    },
  };
}

function secretOf(sourceSecret: string | undefined): Pick<Terminal, "sourceSecret"> {
  return sourceSecret === undefined ? {} : { sourceSecret };
}

function machineFolder(): string {
  return resolve(process.env["CALFERRY_DIR"] ?? ".calferry");
}

async function readInput(): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function openSource(place: Place): ReturnType<Terminal["source"]> {
  const { createSourceFetcher } = await import("../http/fetch-source.ts");
  return createSourceFetcher({ allow: place.local === true ? LOOPBACK : [], limitBytes: LIMIT_BYTES });
}
