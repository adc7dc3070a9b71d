/** One machine: engines, functions, event sources, schedules and HTTP routes, all from the synthesized template. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";

import type { Key } from "../contract/key.ts";
import { MachineFile, StackOutputs } from "../contract/machine.ts";
import { createGateway } from "./gateway.ts";
import { openState, writeWhole } from "./kept-state.ts";
import type { KeptState } from "./kept-state.ts";
import { LambdaFunction } from "./lambda-function.ts";
import { addressOf, close, freePort, serve } from "./loopback.ts";
import { MachineError } from "./machine-error.ts";
import { startMessages } from "./messages.ts";
import { planMachine } from "./resources.ts";
import type { Plan } from "./resources.ts";
import { sdkEnvironment } from "./sdk-settings.ts";
import { createSite } from "./site.ts";
import { PROJECT, readAssets, STACK, synthesize } from "./synthesize.ts";
import { startTables } from "./tables.ts";
import { startWork } from "./work.ts";

const USUAL_PORT = 4680;
/** Everything that a reset wipes; the cache of synthesized stacks beside it is no state. */
const STATE = ["logs", "machine.json", "messages", "state.json", "tables", "tables.copy", "tables.fresh"] as const;

export interface MachineOptions {
  /** State, logs and `machine.json`. */
  readonly dir: string;
  /** Of the HTTP routes; 0 takes any free one. @default 4680 */
  readonly port?: number;
  /** `manual`: the template's schedules wait for `tick()`. @default "clock" */
  readonly ticks?: "clock" | "manual";
  /** `reset` forgets everything that the folder holds. @default "keep" */
  readonly state?: "keep" | "reset";
  /** Besides the template's, for every function. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder of a synthesized assembly instead of the project's own. */
  readonly assembly?: string;
  /** Warnings, errors and printed mail, a line each. @default - silent */
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
  const { print = (): void => undefined, ticks = "clock" } = options;
  const { state, save } = kept;
  const definition = JSON.stringify(plan.tables);
  const isSound = state.stoppedCleanly && state.tables === definition;
  Object.assign(state, { stoppedCleanly: false, ports });
  save();
  const [tables, messages] = await Promise.all([
    startTables(join(folder, "tables"), ports.tables, plan.tables, isSound),
    startMessages(join(folder, "messages"), ports.messages, plan),
  ]);
  state.tables = definition;
  await registerAdminKey(state.adminKey, plan.outputs["TableName"], tables.client);
  const env = sdkEnvironment(ports);
  const settings = { assets: readAssets(assembly), env: { ...env, ...options.env }, logs: join(folder, "logs"), warn: print };
  const functions = new Map(plan.functions.map((one) => [one.name, new LambdaFunction(one, settings)]));
  const work = startWork({ plan, functions, messages, kept, ticks, print });
  const site = createSite(folder, createGateway(plan, functions), state);
  const servers = [await serve(ports.control, work.control), await serve(port, site)];
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
async function prepare({ dir, port: wanted = USUAL_PORT, state: memory, assembly: given }: MachineOptions) {
  const folder = resolve(dir);
  await refuseSecond(join(folder, "machine.json"), folder);
  const port = await claimPort(wanted);
  const assembly = given ?? (await synthesize(join(PROJECT, ".calferry", "synth")));
  for (const name of memory === "reset" ? STATE : []) rmSync(join(folder, name), { recursive: true, force: true });
  for (const name of ["logs", "messages"]) mkdirSync(join(folder, name), { recursive: true, mode: 0o700 });
  const kept = openState(join(folder, "state.json"));
  const { tables, messages, control } = kept.state.ports;
  const ports = { tables: await freePort(tables), messages: await freePort(messages), control: await freePort(control) };
  const url = addressOf(port);
  const template = readFileSync(join(assembly, `${STACK}.template.json`), "utf8");
  const plan = planMachine(template, { stack: STACK, queues: addressOf(ports.messages), gateway: url });
  return { folder, port, assembly, kept, ports, plan, url };
}

async function claimPort(wanted: number): Promise<number> {
  const port = await freePort(wanted);
  if (wanted === 0 || port === wanted) return port;
  let next = wanted + 1;
  while ((await freePort(next)) !== next) next += 1;
  throw new MachineError("port-busy", `port ${wanted} is taken, wanted a free one; use --port ${next}`);
}

/** Throws `port-busy` where the machine that wrote the file still answers for the folder. */
async function refuseSecond(file: string, folder: string): Promise<void> {
  if (!existsSync(file)) return;
  const { url } = MachineFile.parse(JSON.parse(readFileSync(file, "utf8")));
  const answer = fetch(`${url}/-/machine`, { signal: AbortSignal.timeout(1000) }).then(async (response) => response.text());
  if ((await answer.catch(() => "")) !== folder) return;
  const wanted = "expected one for each folder; stop it or use another folder";
  throw new MachineError("port-busy", `a machine runs in ${folder} already, at ${url}, ${wanted}`);
}

/** The machine's own API key, put as `calferry key create` does on AWS; one that was revoked since stays so. */
async function registerAdminKey(secret: string, table: string | undefined, client: DynamoDBClient): Promise<void> {
  const keyHash = createHash("sha256").update(secret).digest("hex");
  const key: Key = { version: 1, keyHash, label: "local", scope: "admin", state: "active", createdAt: new Date().toISOString() };
  const Item = { pk: `KEY#${keyHash}`, sk: "META", ...key };
  const put = new PutCommand({ TableName: table, Item, ConditionExpression: "attribute_not_exists(pk)" });
  await DynamoDBDocumentClient.from(client)
    .send(put)
    .catch((error: unknown) => {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    });
}
