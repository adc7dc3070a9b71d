/**
 * `npm run test:api`: schemathesis makes requests of every operation of the OpenAPI text, valid and invalid ones, against one machine: with an
 * admin key, an owner's key, another owner's, a wrong one and none. No fault, nothing that the text does not say, every refusal with a known code.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import * as z from "zod";

import { CODES_OF_PROBLEMS } from "./codes.ts";
import { SourceServer } from "../deploy/source-server.ts";
import { OneMachine } from "../smoke/one-machine.ts";
import { pythonWith } from "../smoke/python.ts";
import { Household } from "./stage.ts";
import type { World } from "./stage.ts";
import { Operations, readRecord, verdictOf } from "./verdict.ts";

const SCHEMATHESIS = "schemathesis==4.32.5";
const SEED = "20261120";
/** Of one identity; a run is some minutes only where others use the machine. */
const LIMIT_MS = 600_000;
/** Headers that ask for a state: a request that makes sense has none. */
const CONDITIONS = ["if-match", "if-none-match", "idempotency-key"];
/**
 * Checks that are left out, and why. positive_data_acceptance: what fits the schema may still be refused by sense (a zone that is none, an instant
 * that is past, an If-Match of something else), with a code, which known_problem looks at; that sense is met too, verdict.ts sees to.
 */
const LEFT_OUT = ["positive_data_acceptance"];
/** These have nothing to say of requests that no key opens: 401 comes before everything else. */
const LEFT_OUT_UNOPENED = [...LEFT_OUT, "ignored_auth", "unsupported_method", "allow_header_conformance"];

/** Ids come from the stage alone, so that nobody takes away what others need. A 412 says, too, that nothing was done. */
const CONFIG = `[phases.coverage.extra-data-sources]
responses = false

[phases.fuzzing.extra-data-sources]
responses = false

[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "410", "412", "413", "415", "422"]
`;
const Ended = z.object({ code: z.number().nullish(), stdout: z.string().default(""), stderr: z.string().default("") });

type Identity = {
  readonly name: string;
  readonly key: string | undefined;
  /** Cases of an operation at most: generated at random, and by listing what the schema says. */
  readonly examples: number;
  readonly coverage: number;
  readonly isStranger: boolean;
  /** The code of every answer of a route that wants a key. */
  readonly everywhere?: string;
  readonly world: World;
  readonly unseen: readonly string[];
};

const python = await pythonWith([SCHEMATHESIS]);
const source = new SourceServer();
const address = await source.listen();
const machine = await OneMachine.fresh();
const folder = await mkdtemp(join(tmpdir(), "calferry-contract-"));
try {
  const began = performance.now();
  const identities = await makeIdentities();
  console.log(`stage: ${Math.round((performance.now() - began) / 1000)} s`);
  const text = await (await fetch(`${machine.machine.url}/v1/openapi.json`)).json();
  await writeFile(join(folder, "openapi.json"), JSON.stringify(text));
  const entries = identities.map(({ key: _secret, ...identity }) => [identity.name, identity]);
  const stage = { codes: CODES_OF_PROBLEMS, conditions: CONDITIONS, identities: Object.fromEntries(entries) };
  await writeFile(join(folder, "stage.json"), JSON.stringify(stage));
  await writeFile(join(folder, "schemathesis.toml"), CONFIG);
  const [first = [], second = []] = halves(identities);
  await Promise.all([first, second].map(inTurn));
  const records = await Promise.all(
    identities.map(async ({ name }) => [name, readRecord(await readFile(recordOf(name), "utf8"))] as const),
  );
  const verdict = verdictOf(new Map(records), Operations.parse(text));
  for (const line of verdict.lines) console.log(line);
  console.log(`${Math.round((performance.now() - began) / 1000)} s`);
  console.log(`${verdict.passed} passed, ${verdict.failed} failed`);
  if (verdict.failed > 0) process.exitCode = 1;
} finally {
  await machine.stop();
  source.close();
  await rm(folder, { recursive: true, force: true });
}

async function makeIdentities(): Promise<Identity[]> {
  await setPace();
  const [ann, bob, carol, dora] = await Promise.all(
    ["ann", "bob", "carol", "dora"].map(async (owner) => await Household.of(owner, machine, source, address)),
  );
  if (ann === undefined || bob === undefined || carol === undefined || dora === undefined) throw new Error("an owner is missing");
  const [ofAnn, ofCarol, ofDora] = await Promise.all([ann.furnish(), carol.furnish(), dora.furnish()]);
  const unseen = [dora.mark];
  return [
    {
      name: "admin key",
      key: machine.machine.adminKey,
      examples: 8,
      coverage: 12,
      isStranger: false,
      world: ofCarol,
      unseen: [],
    },
    { name: "owner's key", key: ann.key, examples: 6, coverage: 8, isStranger: false, world: ofAnn, unseen },
    { name: "another owner's key", key: bob.key, examples: 3, coverage: 5, isStranger: true, world: ofDora, unseen },
    {
      name: "wrong key",
      key: "cf_wrong",
      examples: 2,
      coverage: 4,
      isStranger: true,
      everywhere: "key-invalid",
      world: ofDora,
      unseen,
    },
    {
      name: "no key",
      key: undefined,
      examples: 2,
      coverage: 4,
      isStranger: true,
      everywhere: "key-missing",
      world: ofDora,
      unseen,
    },
  ];
}

/** The source is on this machine: no host is hurried by it. */
async function setPace(): Promise<void> {
  const { url, adminKey } = machine.machine;
  const headers = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };
  const body = JSON.stringify({ startsPerSecond: 1000 });
  const response = await fetch(`${url}/v1/hosts/${new URL(address).host}`, { method: "PUT", headers, body });
  if (!response.ok) throw new Error(`the source's pace was answered ${response.status}, wanted 200`);
}

function halves(identities: readonly Identity[]): Identity[][] {
  return [identities.filter((_each, n) => n % 2 === 0), identities.filter((_each, n) => n % 2 === 1)];
}

async function inTurn(identities: readonly Identity[]): Promise<void> {
  for (const identity of identities) await askAll(identity);
}

async function askAll({ name, key, examples, everywhere }: Identity): Promise<void> {
  await writeFile(recordOf(name), "");
  const env = {
    ...process.env,
    SCHEMATHESIS_HOOKS: "extension",
    PYTHONPATH: import.meta.dirname,
    PYTHONDONTWRITEBYTECODE: "1",
    CONTRACT_STAGE: join(folder, "stage.json"),
    CONTRACT_IDENTITY: name,
    CONTRACT_RECORD: recordOf(name),
  };
  const args = [
    ["run", join(folder, "openapi.json"), "--url", machine.machine.url, "--no-color", "--seed", SEED, "--continue-on-failure"],
    ["--phases", everywhere === undefined ? "examples,coverage,fuzzing" : "coverage", "--max-examples", String(examples)],
    ["--exclude-checks", (everywhere === undefined ? LEFT_OUT : LEFT_OUT_UNOPENED).join(",")],
    ["--generation-database", "none", "--no-shrink", "--warnings", "off", "--suppress-health-check", "all"],
    key === undefined ? [] : ["-H", `Authorization: Bearer ${key}`],
  ].flat();
  const program = join(dirname(python), "schemathesis");
  const began = performance.now();
  const output = await promisify(execFile)(program, args, {
    cwd: folder,
    env,
    timeout: LIMIT_MS,
    maxBuffer: 64 * 1024 * 1024,
  }).then(
    ({ stdout }) => stdout,
    (error: unknown) => outputOf(name, error),
  );
  await writeFile(join(folder, `${name}.log`), output);
  console.log(`${name}: ${Math.round((performance.now() - began) / 1000)} s`);
}

/** Status 1 is failures and errors, which the record has; all else is a run that did not end. */
function outputOf(name: string, error: unknown): string {
  const { code, stdout, stderr } = Ended.parse(error);
  if (code === 1) return stdout;
  throw new Error(`schemathesis as ${name} ended with ${String(code)}, wanted 0 or 1:\n${stdout.slice(-4000)}\n${stderr}`);
}

function recordOf(name: string): string {
  return join(folder, `${name}.jsonl`);
}
