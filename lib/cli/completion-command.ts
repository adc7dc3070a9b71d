/** `calferry completion SHELL`: a script by which the shell asks `calferry complete` what may come next. */
import { RootCommand, script } from "@bomb.sh/tab";
import type { Complete, Command as Words } from "@bomb.sh/tab";
import { Argument } from "commander";
import type { Command, Option } from "commander";

const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

/** Knows every command that the program has by then: added last. */
export function addCompletionCommands(program: Command): void {
  const name = program.name();
  program
    .command("completion", { hidden: true })
    .addArgument(new Argument("<shell>", "whose script is printed").choices(SHELLS))
    .description("complete commands and options on Tab; bash needs bash-completion")
    .addHelpText("after", `\nExample:\n  ${name} completion zsh > ~/.zsh/completions/_${name}`)
    .action((shell: string) => script(shell, name, name));
  program
    .command("complete", { hidden: true })
    .argument("[words...]", "what was typed after the program's name")
    .description("what may stand for the last word; for the shell's script")
    .addHelpText("after", `\nExample:\n  ${name} complete -- calendar a`)
    .action((words: readonly string[]) => rootOf(program).parse([...words]));
}

/** Commands that a help shows in one line with another are completed as well. */
function rootOf(program: Command): RootCommand {
  const root = new RootCommand();
  addOptions(root, program.options);
  addCommands(root, program, []);
  return root;

  function addCommands(to: RootCommand, parent: Command, path: readonly string[]): void {
    for (const command of parent.commands.filter((one) => one.name() !== "complete")) {
      const names = [...path, command.name()];
      const words = to.command(names.join(" "), command.summary() || command.description());
      addOptions(words, [...command.options, ...program.options]);
      for (const argument of command.registeredArguments) {
        words.argument(argument.name(), offer(argument.argChoices), argument.variadic);
      }
      addCommands(to, command, names);
    }
  }
}

function offer(choices: readonly string[] = []): (complete: Complete) => void {
  return (complete) => {
    for (const choice of choices) complete(choice, "");
  };
}

function addOptions(words: Words, options: readonly Option[]): void {
  for (const { long, description, required, optional, argChoices } of options) {
    const name = long?.slice("--".length);
    if (name === undefined) continue;
    // With a function the option is one that a value follows.
    if (required || optional) words.option(name, description, offer(argChoices));
    else words.option(name, description);
  }
}
