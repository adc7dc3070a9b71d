/** One machine: engines, functions, pollers, schedules and HTTP routes, all from the synthesized template. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { StackOutputs } from "../contract/machine.ts";
import { registerAdminKey } from "./admin-key.ts";
import { withDeliveries } from "./deliveries.ts";
import type { KeptRecords } from "./kept-records.ts";
import { openRecords } from "./kept-records.ts";
import { freePort, isTaken, LOOPBACK, serve } from "./loopback-server.ts";
import { MachineError } from "./machine-error.ts";
import { adminKeyOf, claimFolder, claimPorts, prepareFolder, releaseFolder, writeMachineFile } from "./machine-files.ts";
import { startMessages } from "./message-engine.ts";
import { planMachine } from "./plan.ts";
import type { MappingDefinition, Plan } from "./plan.ts";
import { sdkEnvironment } from "./sdk-settings.ts";
import type { Ports } from "./sdk-settings.ts";
import { answerSite } from "./site.ts";
import { PROJECT, STACK, synthesize } from "./synthesize.ts";
import { startTables } from "./table-engine.ts";
import { startWork } from "./work.ts";

const USUAL_PORT = 4680;

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
  readonly records: KeptRecords;
  /** Fires the tick schedule now and waits for the end of its function. */
  readonly tick: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Throws MachineError: `port-busy`, `template-unsupported` or `config-invalid`, with nothing left running. */
export async function start(options: MachineOptions): Promise<Machine> {
  const place = await preparePlace(options);
  const { folder, port, ports, plan, url } = place;
  const clean = claimFolder(folder);
  const [tables, messages] = await Promise.all([
    startTables({ directory: join(folder, "tables"), port: ports.tables, tables: plan.tables, clean }),
    startMessages({ directory: join(folder, "messages"), port: ports.messages, plan }),
  ]);
  const adminKey = adminKeyOf(folder);
  await registerAdminKey(adminKey, plan.outputs["TableName"] ?? "", ports.tables);
  const records = openRecords(join(folder, "records.db"));
  const env = sdkEnvironment(ports);
  const work = await startWork({
    ...place,
    messages,
    records,
    env: { ...env, ...options.env },
    ticks: options.ticks ?? "clock",
    print: options.print ?? ((): void => undefined),
  });
  const site = { folder, url, routes: plan.routes, host: work.host, adminKey, records };
  const gateway = await serve(port, async (request) => answerSite(request, site));
  writeMachineFile(folder, { url, env, outputs: StackOutputs.parse(plan.outputs), adminKey, pid: process.pid });
  const stop = async (): Promise<void> => {
    await work.pause();
    await Promise.all([gateway.stop(), work.stop()]);
    await Promise.all([tables.stop(), messages.stop()]);
    records.close();
    releaseFolder(folder);
  };
  const samplesUrl = `http://${LOOPBACK}:${ports.control}/samples`;
  return { url, samplesUrl, outputs: plan.outputs, adminKey, env, records, tick: work.tick, stop };
}

/** Everything that is decided before anything starts. */
interface Place {
  readonly folder: string;
  readonly assembly: string;
  readonly port: number;
  readonly url: string;
  readonly ports: Ports;
  readonly plan: Plan;
  readonly deliveries: MappingDefinition;
}

async function preparePlace(options: MachineOptions): Promise<Place> {
  const folder = resolve(options.dir);
  await prepareFolder(folder, options.state ?? "keep");
  const port = await claimPort(options.port ?? USUAL_PORT);
  const assembly = options.assembly ?? (await synthesize(join(PROJECT, ".calferry", "synth")));
  const ports = await claimPorts(folder);
  const url = `http://${LOOPBACK}:${port}`;
  const queueEndpoint = `http://${LOOPBACK}:${ports.messages}`;
  const template = readFileSync(join(assembly, `${STACK}.template.json`), "utf8");
  const plan = planMachine(template, { stackName: STACK, queueEndpoint, gatewayUrl: url });
  return { folder, assembly, port, url, ports, ...withDeliveries(plan, STACK, queueEndpoint) };
}

async function claimPort(port: number): Promise<number> {
  if (port !== 0 && (await isTaken(port))) {
    const next = await freePort(Array.from({ length: 20 }, (_, step) => port + 1 + step));
    throw new MachineError("port-busy", `port ${port} on ${LOOPBACK} is taken, expected a free one; use --port ${next}`);
  }
  return port === 0 ? freePort([]) : port;
}
