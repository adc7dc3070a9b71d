/**
 * Stryker's vitest runner, told to run whole test files: it picks single tests by a pattern of their names as vitest 4 joined them, which
 * vitest 5 matches with none, so that every mutant would count as survived.
 */
import { strykerPlugins as vitestPlugins } from "@stryker-mutator/vitest-runner";

type Plugin = (typeof vitestPlugins)[number];
type Injector = Parameters<Plugin["factory"]>[0];
type Runner = ReturnType<Plugin["factory"]>;
type MutantRun = Parameters<Runner["mutantRun"]>[0];

function wholeFiles(plugin: Plugin): Plugin {
  const create = (injector: Injector): Runner => {
    const runner = plugin.factory(injector);
    return {
      capabilities: async () => runner.capabilities(),
      init: async () => runner.init?.(),
      dryRun: async (options) => runner.dryRun(options),
      mutantRun: async (options) => runner.mutantRun(withWholeFiles(options)),
      dispose: async () => runner.dispose?.(),
    };
  };
  return { ...plugin, name: "vitest-files", factory: Object.assign(create, { inject: plugin.factory.inject }) };
}

/** A test's id is `<file>#<name>`; an empty name matches every test of the file. */
function withWholeFiles(options: MutantRun): MutantRun {
  if (options.testFilter === undefined) return options;
  const files = new Set(options.testFilter.map((id) => id.split("#", 1)[0]));
  return { ...options, testFilter: [...files].map((file) => `${file}#`) };
}

export const strykerPlugins = vitestPlugins.map(wholeFiles);
