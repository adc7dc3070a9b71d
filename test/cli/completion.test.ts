import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, test, vi } from "vitest";

import { createMemoryTerminal } from "./memory-terminal.ts";

const PROGRAM = fileURLToPath(new URL("../../bin/calferry.ts", import.meta.url));

async function run(file: string, args: readonly string[], path = ""): Promise<string> {
  const env = { PATH: `${path}:${process.env["PATH"]}` };
  return await new Promise((done, fail) => {
    execFile(file, args, { env }, (error, out) => (error === null ? done(out) : fail(error)));
  });
}

/** What the program prints for the shell. */
async function printed(...args: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  await createMemoryTerminal().run(...args);
  log.mockRestore();
  return lines;
}

/** Words that may stand for the last one. */
async function wordsAfter(...words: readonly string[]): Promise<string[]> {
  const lines = await printed("complete", "--", ...words);
  return lines.flatMap((line) => (line.includes("\t") ? [line.split("\t")[0] ?? ""] : []));
}

describe("completion", () => {
  test("offers commands, those that help shows beside another too, and what each can do", async () => {
    const all = await wordsAfter("");
    expect(all).toEqual(expect.arrayContaining(["calendar", "event", "link", "resume-all", "completion"]));
    expect(all).not.toContain("complete");
    expect(await wordsAfter("calendar", "s")).toEqual(expect.arrayContaining(["show", "sync", "set"]));
    expect(await wordsAfter("--local", "hold", "a")).toEqual(["approve"]);
  });

  test("offers a command's options with those of every command, and the choices of a value", async () => {
    const options = await wordsAfter("calendar", "sync", "k3v0q8x2m7c1a5ze", "--");
    expect(options).toEqual(["--wait", "--version", "--local", "--stage", "--json"]);
    expect(await wordsAfter("dlq", "list", "--state", "")).toEqual(expect.arrayContaining(["open", "discarded"]));
    expect(await wordsAfter("completion", "")).toEqual(["bash", "zsh", "fish", "powershell"]);
  });

  test.each(["bash", "zsh", "fish", "powershell"])("prints a script for %s that asks the program", async (shell) => {
    expect((await printed("completion", shell)).join("\n")).toMatch(/calferry complete ['-]/u);
  });

  test("bash completes what was typed by that script", async () => {
    const folder = await mkdtemp(join(tmpdir(), "calferry-completion-"));
    try {
      const installed = join(folder, "calferry");
      await writeFile(installed, `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
      await chmod(installed, 0o755);
      // What bash-completion brings; the line is typed up to its last word.
      const typed = `
        _get_comp_words_by_ref() { words=(calferry calendar ver); cword=2 cur=ver prev=calendar; }
        source <(calferry completion bash)
        __calferry_complete
        echo "\${COMPREPLY[@]}"`;
      expect(await run("bash", ["-c", typed], folder)).toBe("versions\n");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
