/**
 * Stryker's vitest runner, told to run whole files of test/core. By itself it picks single tests by a pattern of their names as vitest 4
 * joined them, which matches none in vitest 5, so that nearly every mutant counts as survived (stryker-js issue 6210).
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

import { strykerPlugins as vitestPlugins, strykerValidationSchema } from "@stryker-mutator/vitest-runner";
import * as z from "zod";

type Plugin = (typeof vitestPlugins)[number];
type Runner = ReturnType<Plugin["factory"]>;
type MutantRun = Parameters<Runner["mutantRun"]>[0];
type MutantResult = Awaited<ReturnType<Runner["mutantRun"]>>;
type DryRun = Parameters<Runner["dryRun"]>[0];
type DryResult = Awaited<ReturnType<Runner["dryRun"]>>;

const TESTS = "test/core/**/*.test.ts";
/** Tests that each file has; in the sandbox, for only one of Stryker's processes sees the dry run. */
const COUNTS = "mutation-tests.json";
const Counts = z.record(z.string(), z.number());

function withWholeFiles({ kind, name, factory }: Plugin): Plugin {
  if (!("inject" in factory)) throw new TypeError("stryker's vitest runner takes no injector, expected one; see its index.js");
  const create = (injector: Parameters<typeof factory>[0]): Runner => {
    const runner = factory(injector);
    return {
      capabilities: async () => runner.capabilities(),
      init: async () => runner.init?.(),
      dryRun: async (options) => runAll(runner, options),
      mutantRun: async (options) => runMutant(runner, options),
      dispose: async () => runner.dispose?.(),
    };
  };
  return { kind, name, factory: Object.assign(create, { inject: factory.inject }) };
}

async function runAll(runner: Runner, options: DryRun): Promise<DryResult> {
  const result = await runner.dryRun({ ...options, testFiles: globSync(TESTS) });
  const files = "tests" in result ? result.tests.map(({ id }) => fileOf(id)) : [];
  const counts = [...Map.groupBy(files, (file) => file)].map(([file, tests]) => [file, tests.length]);
  writeFileSync(COUNTS, JSON.stringify(Object.fromEntries(counts)));
  return result;
}

/** The file's own tests first, for they are the quickest; a mutant survives only where all others pass too. */
async function runMutant(runner: Runner, options: MutantRun): Promise<MutantResult> {
  const concept = basename(options.activeMutant.fileName, ".ts");
  // Stryker names the tests that reach a mutant; none where it acts while the module loads.
  const files = [...new Set(options.testFilter?.map(fileOf) ?? globSync(TESTS))];
  const own = files.filter((file) => basename(file).startsWith(`${concept}.`));
  const others = files.filter((file) => !own.includes(file));
  const [first = [], second] = [own, others].filter((part) => part.length > 0);
  const result = await runFiles(runner, options, first);
  return second !== undefined && isSurvivor(result) ? runFiles(runner, options, second) : result;
}

async function runFiles(runner: Runner, options: MutantRun, files: readonly string[]): Promise<MutantResult> {
  // An empty name matches every test of the file.
  const result = await runner.mutantRun({ ...options, testFilter: files.map((file) => `${file}#`) });
  const counts = Counts.parse(JSON.parse(readFileSync(COUNTS, "utf8")));
  const wanted = files.reduce((sum, file) => sum + (counts[file] ?? 0), 0);
  if (!isSurvivor(result) || result.nrOfTests >= wanted) return result;
  // A file that cannot even be loaded with the mutant has no tests that could fail: stryker's runner takes that for success.
  const failureMessage = `${wanted - result.nrOfTests} of ${wanted} tests could not be loaded`;
  return Object.assign(result, { status: "killed", killedBy: [], failureMessage });
}

/** A test's id is `<file>#<name>`. */
function fileOf(id: string): string {
  return id.split("#", 1)[0] ?? "";
}

function isSurvivor(result: MutantResult): result is Extract<MutantResult, { readonly nrOfTests: number }> {
  return "nrOfTests" in result && !("killedBy" in result);
}

export const strykerPlugins = vitestPlugins.map(withWholeFiles);
export { strykerValidationSchema };
