/** Where a deployment's table, bucket and queues are: the stack's outputs, or the file that one machine writes. */
import { promises as files } from "node:fs";
import { join } from "node:path";

import { CloudFormationClient, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";

import { MachineFile, StackOutputs } from "../contract/machine.ts";
import { Refusal } from "../core/failure.ts";

export type Found = { readonly outputs: StackOutputs; readonly base: string };

const START = "start it with: npm start";

/** Reads `machine.json` in the folder, and gives the SDK what it needs to reach the engines. Throws `machine-not-running`. */
export async function findMachine(folder: string, env: NodeJS.ProcessEnv): Promise<Found> {
  const file = join(folder, "machine.json");
  const machine = MachineFile.safeParse(parseJson(await readText(file))).data;
  if (machine === undefined || !isAlive(machine.pid)) {
    throw new Refusal("machine-not-running", `no machine runs in ${folder}, wanted its machine.json and process`, START);
  }
  // A profile or session of the person's own would win over the machine's keys.
  for (const name of ["AWS_PROFILE", "AWS_SESSION_TOKEN"]) Reflect.deleteProperty(env, name);
  Object.assign(env, machine.env);
  return { outputs: machine.outputs, base: machine.url };
}

/** Throws `stack-unknown`. */
export async function findStack(stage: string | undefined, client = new CloudFormationClient({})): Promise<Found> {
  const name = stage === undefined || stage === "prod" ? "Calferry" : `Calferry-${stage}`;
  const answer = await client.send(new DescribeStacksCommand({ StackName: name })).catch((cause: unknown) => {
    throw unknownStack(name, `AWS answered ${cause instanceof Error ? `${cause.name}: ${cause.message}` : "nothing"}`, cause);
  });
  const told = answer.Stacks?.[0]?.Outputs ?? [];
  const outputs = StackOutputs.safeParse(Object.fromEntries(told.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])));
  if (outputs.data === undefined) throw unknownStack(name, "it lacks the outputs of this version", outputs.error);
  return { outputs: outputs.data, base: outputs.data.ApiUrl };
}

function unknownStack(name: string, seen: string, cause: unknown): Refusal {
  const what = `stack ${name} was not found (${seen}), wanted a deployed one in the region of the AWS environment`;
  return new Refusal(
    "stack-unknown",
    what,
    "check AWS_REGION, AWS_PROFILE and --stage, or use --local for the machine in this folder",
    { cause },
  );
}

async function readText(file: string): Promise<string> {
  try {
    return await files.readFile(file, "utf8");
  } catch {
    return "";
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A killed machine leaves its file behind. Signal 0 asks and does nothing. */
function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return true;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
