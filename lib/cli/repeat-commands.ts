/** `calferry download repeat`, `repeats` and `end-repeat`: the same download again and again. */
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import { RepeatDraft } from "../contract/repeat.ts";
import type { RepeatView } from "../contract/repeat.ts";
import { answer } from "./answer.ts";
import { fieldsOf, subjectOf, withDownload } from "./download-options.ts";
import type { DownloadOptions } from "./download-options.ts";
import { tellRepeat, tellRepeats } from "./download-views.ts";
import { everyPage } from "./every-page.ts";
import type { Connection, Terminal } from "./terminal.ts";

type RepeatOptions = DownloadOptions & { readonly every: string };

export function addRepeatCommands(download: Command, terminal: Terminal): void {
  withDownload(download.command("repeat").argument("<subject>"))
    .requiredOption("--every <cron>", "minute hour day month weekday, in the zone")
    .description("ask for the same download at these times")
    .addHelpText("after", '\nExample:\n  calferry download repeat ID --days 7 --every "0 7 * * 1"')
    .action(async (subject: string, options: RepeatOptions, command: Command) => {
      const ask = async (connection: Connection): Promise<RepeatView> => {
        const every = { cron: options.every, zone: options.zone };
        const asked = { ...(await subjectOf(subject, connection)), ...fieldsOf(options), every };
        // Loaded here: cron expressions are none of the other commands' business.
        const { createRepeat } = await import("../sync/repeat-download.ts");
        return await createRepeat(readInput(RepeatDraft, asked, "arguments"), connection, connection);
      };
      await answer(terminal, command, ask, tellRepeat);
    });
  download
    .command("repeats")
    .option("--owner <name>", "whose", "default")
    .description("one owner's repeats, and when each is next")
    .addHelpText("after", "\nExample:\n  calferry download repeats --owner ann")
    .action(async ({ owner }: { readonly owner: string }, command: Command) => {
      const ask = async ({ repeats, now }: Connection): Promise<RepeatView[]> => {
        const { listRepeats } = await import("../sync/repeat-download.ts");
        return await everyPage((page) => listRepeats(owner, page, repeats, now()));
      };
      await answer(terminal, command, ask, tellRepeats);
    });
  download
    .command("end-repeat")
    .argument("<id>", "the repeat")
    .description("ask for no more; what it asked for stays")
    .addHelpText("after", "\nExample:\n  calferry download end-repeat k3v0q8x2m7c1a5ze")
    .action(async (repeatId: string, _options: unknown, command: Command) => {
      const ask = async (connection: Connection): Promise<{ readonly repeatId: string; readonly state: "ended" }> => {
        const { removeRepeat } = await import("../sync/repeat-download.ts");
        await removeRepeat(repeatId, connection);
        return { repeatId, state: "ended" };
      };
      await answer(terminal, command, ask, () => `ended ${repeatId}`);
    });
}
