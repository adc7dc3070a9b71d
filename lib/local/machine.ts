/** One machine: engines, functions, event sources, schedules and HTTP routes, all from the synthesized template. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

import { ConditionalCheckFailedException, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import * as z from "zod";

import type { Key } from "../contract/key.ts";
import { MachineFile, StackOutputs } from "../contract/machine.ts";
import { createGateway } from "./gateway.ts";
import { openState, writeWhole } from "./kept-state.ts";
import type { KeptState } from "./kept-state.ts";
import { LambdaFunction } from "./lambda-function.ts";
import { addressOf, close, freePort, isTaken, serve } from "./loopback.ts";
import { MachineError } from "./machine-error.ts";
import { startMessages } from "./messages.ts";
import { planMachine } from "./resources.ts";
import type { Plan } from "./resources.ts";
import { sdkEnvironment } from "./sdk-settings.ts";
import type { Ports } from "./sdk-settings.ts";
import { createSite, samples } from "./site.ts";
import { PROJECT, readAssets, STACK, synthesize } from "./synthesize.ts";
import { startTables } from "./tables.ts";
import { startWork } from "./work.ts";

const USUAL_PORT = 4680;
/** Everything that a reset wipes; the cache of synthesized stacks beside it is no state. */
const STATE = ["logs", "machine.json", "messages", "state.json", "tables", "tables.copy", "tables.fresh"] as const;

export interface MachineOptions {
  /** State, logs and `machine.json`. */
  readonly dir: string;
  /**
   * Of the HTTP routes; 0 takes any free one.
   * @default 4680
   */
  readonly port?: number;
  /**
   * `manual`: the template's schedules wait for `tick()`.
   * @default "clock"
   */
  readonly ticks?: "clock" | "manual";
  /**
   * `reset` forgets everything that the folder holds.
   * @default "keep"
   */
  readonly state?: "keep" | "reset";
  /** Besides the template's, for every function. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder of a synthesized assembly instead of the project's own. */
  readonly assembly?: string;
  /**
   * Warnings, errors and printed mail, a line each.
   * @default - silent
   */
  readonly print?: (line: string) => void;
}

export interface Machine {
  /** Where the HTTP routes answer, without a slash at the end. */
  readonly url: string;
  /** Folder of the sample calendars, at a port that stays over restarts whatever `port` is. */
  readonly samplesUrl: string;
  readonly outputs: Plan["outputs"];
  readonly adminKey: string;
  /** What an AWS SDK client needs to reach the engines. */
  readonly env: Readonly<Record<string, string>>;
  readonly kept: KeptState;
  /** Fires the tick schedule now and waits for the end of its function. */
  readonly tick: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Throws MachineError: `port-busy`, `template-unsupported` or `config-invalid`, with nothing left running. */
export async function start(options: MachineOptions): Promise<Machine> {
  const { folder, port, assembly, kept, ports, plan, url } = await prepare(options);
  const { state, save } = kept;
  const definition = JSON.stringify(plan.tables);
  const sound = state.stoppedCleanly && state.tables === definition;
  state.stoppedCleanly = false;
  save();
  const [tables, messages] = await Promise.all([
    startTables(join(folder, "tables"), ports.tables, plan.tables, sound),
    startMessages(join(folder, "messages"), ports.messages, plan),
  ]);
  state.tables = definition;
  await registerAdminKey(state.adminKey, plan.outputs["TableName"], tables.client);
  const env = sdkEnvironment(ports);
  const print = options.print ?? ((): void => undefined);
  const assets = readAssets(assembly);
  const functions = new Map(
    plan.functions.map((one) => {
      const bundle = assets.get(one.Code.S3Key.replace(/\.zip$/u, "")) ?? "";
      return [one.name, new LambdaFunction(one, bundle, { ...env, ...options.env }, join(folder, "logs"), print)];
    }),
  );
  const work = startWork({ plan, functions, messages, kept, ticks: options.ticks ?? "clock", print });
  const paths = (): ReadonlyMap<string, string> =>
    new Map(Object.values(state.sampleFeeds).map(({ feedId, path }) => [feedId, path]));
  const site = createSite({ folder, gateway: createGateway(plan, functions), adminKey: state.adminKey, paths });
  const servers = await Promise.all([serve(ports.control, work.control.route("/", samples())), serve(port, site)]);
  const file: MachineFile = { url, env, outputs: StackOutputs.parse(plan.outputs), adminKey: state.adminKey, pid: process.pid };
  writeWhole(join(folder, "machine.json"), file);
  const stop = async (): Promise<void> => {
    await work.stop();
    await Promise.all([...servers.map(close), ...[...functions.values()].map(async (one) => one.stop())]);
    await Promise.all([tables.stop(), messages.stop()]);
    rmSync(join(folder, "machine.json"));
    state.stoppedCleanly = true;
    save();
  };
  const samplesUrl = `${addressOf(ports.control)}/samples`;
  return { url, samplesUrl, outputs: plan.outputs, adminKey: state.adminKey, env, kept, tick: work.tick, stop };
}

/** Everything that is decided before anything starts. */
interface Prepared {
  readonly folder: string;
  readonly port: number;
  readonly assembly: string;
  readonly kept: KeptState;
  readonly ports: Ports;
  readonly plan: Plan;
  readonly url: string;
}

async function prepare(options: MachineOptions): Promise<Prepared> {
  const folder = resolve(options.dir);
  await refuseSecond(folder);
  const port = await claimPort(options.port ?? USUAL_PORT);
  const assembly = options.assembly ?? (await synthesize(join(PROJECT, ".calferry", "synth")));
  for (const name of options.state === "reset" ? STATE : []) rmSync(join(folder, name), { recursive: true, force: true });
  for (const name of ["logs", "messages"]) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  const kept = openState(join(folder, "state.json"));
  const { ports: last } = kept.state;
  const tables = await freePort(last["tables"]);
  const messages = await freePort(last["messages"]);
  const ports = { tables, messages, control: await freePort(last["control"]) };
  kept.state.ports = ports;
  const url = addressOf(port);
  const template = readFileSync(join(assembly, `${STACK}.template.json`), "utf8");
  const plan = planMachine(template, { stack: STACK, queues: addressOf(messages), gateway: url });
  return { folder, port, assembly, kept, ports, plan, url };
}

async function claimPort(port: number): Promise<number> {
  if (port === 0) return freePort();
  if (!(await isTaken(port))) return port;
  let next = port + 1;
  while (await isTaken(next)) next += 1;
  throw new MachineError("port-busy", `port ${port} is taken, expected a free one; use --port ${next}`);
}

/** Throws `port-busy` where a machine that runs in this folder answers. */
async function refuseSecond(folder: string): Promise<void> {
  const file = join(folder, "machine.json");
  if (!existsSync(file)) return;
  const { url } = MachineFile.parse(JSON.parse(readFileSync(file, "utf8")));
  const mark = await fetch(`${url}/-/machine`, { signal: AbortSignal.timeout(1000) })
    .then(async (response) => z.object({ folder: z.string() }).parse(await response.json()))
    .catch(() => undefined);
  if (mark?.folder !== folder) return;
  throw new MachineError(
    "port-busy",
    `a machine runs in ${folder} already, at ${url}, expected one for each folder; stop it or use another folder`,
  );
}

/** The machine's own API key, put as `calferry key create` does on AWS; one that was revoked since stays so. */
async function registerAdminKey(secret: string, table: string | undefined, client: DynamoDBClient): Promise<void> {
  const keyHash = createHash("sha256").update(secret).digest("hex");
  const key = { keyHash, label: "local", scope: "admin", state: "active", createdAt: new Date().toISOString() } satisfies Omit<
    Key,
    "version"
  >;
  const texts = Object.entries({ pk: `KEY#${keyHash}`, sk: "META", ...key }).map(([name, S]) => [name, { S }] as const);
  const Item = { ...Object.fromEntries(texts), version: { N: "1" } };
  const put = new PutItemCommand({ TableName: table, Item, ConditionExpression: "attribute_not_exists(pk)" });
  await client.send(put).catch((error: unknown) => {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  });
}
