/** `calferry inspect`: what an import would see of a feed, and why anything is refused. */
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import { InspectOptions, InspectRequest } from "../contract/inspect.ts";
import { Refusal } from "../core/failure.ts";
import { maskUrl } from "../core/source-url.ts";
import { tellInspection } from "./inspect-views.ts";
import type { InspectAnswer } from "./inspect-views.ts";
import { readSource } from "./read-source.ts";
import { sentenceOf, tellLine } from "./tell-error.ts";
import type { Globals, Place, Terminal } from "./terminal.ts";

type Options = Globals & Readonly<Record<keyof InspectOptions, string | undefined>> & { readonly ndjson?: boolean };

export function addInspectCommand(program: Command, terminal: Terminal): void {
  program
    .command("inspect")
    .argument("[source]", "a file, a URL, or - for standard input")
    .description("what an import would see, and what it would skip")
    .option("--from <instant>", "with --to: list occurrences that start in [from, to)")
    .option("--to <instant>", "such as 2026-07-01 or 2026-07-01T09:00:00+09:00")
    .option("--limit <n>", "occurrences listed at most (500 if absent)")
    .option("--floating <zone>", "IANA zone of floating times and dates")
    .option("--ndjson", 'requests from standard input, {"path","from","to",...} a line')
    .addHelpText("after", "\nExample:\n  calferry inspect team.ics --from 2026-06-01 --to 2026-07-01")
    .action(async (source: string | undefined, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      if ((source === undefined) !== (options.ndjson === true)) {
        const what = "a source and --ndjson are two ways, wanted one of them";
        throw new Refusal("usage-wrong", what, "see: calferry inspect --help");
      }
      await (source === undefined ? answerLines(options, terminal) : inspectOne(source, options, terminal));
    });
}

async function inspectOne(source: string, options: Options, terminal: Terminal): Promise<void> {
  const { from, to, limit, floating } = options;
  const result = await inspect(
    { path: source, ...readInput(InspectOptions, { from, to, limit, floating }, "arguments") },
    options,
    terminal,
  );
  if ("error" in result) {
    terminal.complain(tellLine(result.error.code, result.error.message));
    terminal.endWith(1);
  } else {
    terminal.print(options.json === true ? JSON.stringify(result, undefined, 2) : tellInspection(result));
  }
}

/** One answer a line, in the order of the requests; a request that fails does not stop the next. */
async function answerLines(place: Place, terminal: Terminal): Promise<void> {
  for await (const line of terminal.inputLines()) {
    if (line.trim() !== "") terminal.print(JSON.stringify(await answerLine(line, place, terminal)));
  }
}

async function answerLine(line: string, place: Place, terminal: Terminal): Promise<InspectAnswer> {
  let path = "";
  try {
    const asked = parseLine(line);
    path = typeof asked === "object" && asked !== null && "path" in asked ? String(asked.path) : "";
    return await inspect(readInput(InspectRequest, asked, "arguments"), place, terminal);
  } catch (error) {
    const { code, sentence } = sentenceOf(error);
    return { path: shownPath(path), error: { code, message: sentence } };
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    const what = `a line of ${line.length} characters is not JSON, wanted {"path":"FILE"}`;
    throw new Refusal("usage-wrong", what, "send one JSON object a line", { cause });
  }
}

async function inspect(request: InspectRequest, place: Place, terminal: Terminal): Promise<InspectAnswer> {
  const path = shownPath(request.path);
  const source = await readSource(request.path, place, terminal);
  if (source.kind === "failed") return { path, error: { code: source.failure.code, message: source.failure.reason } };
  // Zones and rules are half of the program's start; no other command needs them.
  const { inspectFeed } = await import("../core/inspect.ts");
  const seen = inspectFeed(source.bytes, source.contentType, request);
  if (seen.kind === "refused")
    return { path, error: { code: seen.code, message: `${seen.reason}; check what the source sends` } };
  const { calendar, events, skipped, occurrences, total, capped } = seen;
  return { path, calendar, events, skipped, occurrences, total, capped };
}

/** A file's path as it was given; of a URL scheme and host alone. */
function shownPath(path: string): string {
  const url = path.includes("://") ? URL.parse(path) : null;
  return url === null ? path : maskUrl(url);
}
