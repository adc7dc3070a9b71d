/** The stack on the emulator: deployed with the cdk CLI, operated with the terminal, reached through its HTTP API. */
import { request } from "node:http";
import { readFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { join } from "node:path";

import * as z from "zod";

import { outputOf } from "./command.ts";
import type { Emulator } from "./emulator.ts";

const ACCOUNT = "000000000000";
export const REGION = "us-east-1";

export interface Place {
  readonly root: string;
  /** State of this test alone. */
  readonly dir: string;
  /** Environment of a command that knows nothing of AWS yet. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const Outputs = z.record(z.string(), z.record(z.string(), z.string()));

export class Deployment {
  readonly #place: Place;
  readonly #env: Readonly<Record<string, string>>;

  constructor(place: Place, emulator: Emulator) {
    this.#place = place;
    this.#env = {
      ...place.env,
      AWS_ENDPOINT_URL: `http://localhost:${emulator.port}`,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      // Nobody's profiles, and an account cache that knows this emulator alone.
      AWS_CONFIG_FILE: join(place.dir, "no-aws-config"),
      AWS_SHARED_CREDENTIALS_FILE: join(place.dir, "no-aws-credentials"),
      AWS_EC2_METADATA_DISABLED: "true",
      CDK_HOME: join(place.dir, "cdk-home"),
      CDK_DISABLE_VERSION_CHECK: "1",
      CDK_DISABLE_CLI_TELEMETRY: "true",
    };
  }

  async bootstrap(): Promise<void> {
    // Away from cdk.json, so that the app is not run for it.
    await this.#cdk(["bootstrap", `aws://${ACCOUNT}/${REGION}`], this.#place.dir);
  }

  /** An assembly with these context values, ready for `deploy`. */
  async synth(name: string, context: Readonly<Record<string, string>>): Promise<string> {
    const assembly = join(this.#place.dir, name);
    const values = Object.entries(context).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
    await this.#cdk(["synth", "--quiet", "--output", assembly, ...values], this.#place.root);
    return assembly;
  }

  /** Deploys the stack of an assembly; its outputs. */
  async deploy(assembly: string): Promise<Readonly<Record<string, string>>> {
    const outputs = join(this.#place.dir, "outputs.json");
    const options = ["--require-approval", "never", "--progress", "events", "--outputs-file", outputs];
    await this.#cdk(["deploy", "Calferry", "--app", assembly, ...options], this.#place.dir);
    const content: unknown = JSON.parse(await readFile(outputs, "utf8"));
    return Outputs.parse(content)["Calferry"] ?? {};
  }

  /** The terminal as an operator runs it, with AWS from the environment; its answer for programs. */
  async calferry<T>(schema: z.ZodType<T>, ...args: readonly string[]): Promise<T> {
    const program = join(this.#place.root, "bin", "calferry.ts");
    const text = await outputOf(process.execPath, [program, ...args, "--json"], {
      cwd: this.#place.root,
      env: this.#env,
      timeoutMs: 120_000,
      signal: this.#place.signal,
    });
    const parsed = schema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    throw new Error(`calferry ${args.join(" ")} printed ${text.slice(0, 600)}; ${z.prettifyError(parsed.error)}`);
  }

  #cdk(args: readonly string[], cwd: string): Promise<string> {
    const program = join(this.#place.root, "node_modules", "aws-cdk", "bin", "cdk");
    return outputOf(process.execPath, [program, ...args, "--no-notices"], {
      cwd,
      env: this.#env,
      timeoutMs: 300_000,
      signal: this.#place.signal,
    });
  }
}

/** One HTTP call to a deployed name: `*.execute-api.localhost` is no name of every machine's resolver, so it goes as Host. */
export function call(
  url: string,
  options: { readonly method?: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown } = {},
): Promise<Answer> {
  const { host, port, pathname, search } = new URL(url);
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  const headers = { ...options.headers, host, ...(body === undefined ? {} : { "content-type": "application/json" }) };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: "127.0.0.1", port, path: `${pathname}${search}`, method: options.method ?? "GET", headers, timeout: 30_000 },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () => {
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(chunks).toString("utf8") });
        });
      },
    );
    outgoing.on("timeout", () =>
      outgoing.destroy(new Error(`${options.method ?? "GET"} ${pathname.slice(0, 4)}... gave no answer in 30 s`)),
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
