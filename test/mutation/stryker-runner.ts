/**
 * Stryker's vitest runner, told to run whole files of test/core. By itself it picks single tests by a pattern of their names as vitest 4
 * joined them, which matches none in vitest 5, so that nearly every mutant counts as survived (stryker-js issue 6210).
 */
import { globSync } from "node:fs";
import { basename } from "node:path";

import { strykerPlugins as vitestPlugins, strykerValidationSchema } from "@stryker-mutator/vitest-runner";

type Plugin = (typeof vitestPlugins)[number];
type Runner = ReturnType<Plugin["factory"]>;
type MutantRun = Parameters<Runner["mutantRun"]>[0];
type MutantResult = Awaited<ReturnType<Runner["mutantRun"]>>;

const TESTS = "test/core/**/*.test.ts";

function withWholeFiles({ kind, name, factory }: Plugin): Plugin {
  if (!("inject" in factory)) throw new TypeError("stryker's vitest runner takes no injector, expected one; see its index.js");
  const create = (injector: Parameters<typeof factory>[0]): Runner => {
    const runner = factory(injector);
    return {
      capabilities: async () => runner.capabilities(),
      init: async () => runner.init?.(),
      dryRun: async (options) => runner.dryRun({ ...options, testFiles: globSync(TESTS) }),
      mutantRun: async (options) => runMutant(runner, options),
      dispose: async () => runner.dispose?.(),
    };
  };
  return { kind, name, factory: Object.assign(create, { inject: factory.inject }) };
}

/** The file's own tests first, for they are the quickest; a mutant survives only where all others pass too. */
async function runMutant(runner: Runner, options: MutantRun): Promise<MutantResult> {
  const concept = basename(options.activeMutant.fileName, ".ts");
  // Stryker names the tests that reach a mutant; none where it acts while the module loads.
  const files = [...new Set(options.testFilter?.map((id) => id.split("#", 1)[0] ?? "") ?? globSync(TESTS))];
  const own = files.filter((file) => basename(file).startsWith(`${concept}.`));
  const others = files.filter((file) => !own.includes(file));
  const parts = [own, others].filter((part) => part.length > 0);
  let result = await runner.mutantRun({ ...options, testFilter: testsOf(parts[0] ?? []) });
  if (parts[1] !== undefined && isSurvivor(result)) {
    result = await runner.mutantRun({ ...options, testFilter: testsOf(parts[1]) });
  }
  return result;
}

/** A test's id is `<file>#<name>`; an empty name matches every test of the file. */
function testsOf(files: readonly string[]): string[] {
  return files.map((file) => `${file}#`);
}

function isSurvivor(result: MutantResult): boolean {
  return !("killedBy" in result) && "nrOfTests" in result;
}

export const strykerPlugins = vitestPlugins.map(withWholeFiles);
export { strykerValidationSchema };
