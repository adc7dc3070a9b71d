/** `calferry download`: a calendar or feed as one file; asked for once, followed, fetched, cancelled. */
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import { DownloadRequest } from "../contract/download.ts";
import type { DownloadView, RequestedDownloadView } from "../contract/download.ts";
import { downloadView } from "../core/downloads.ts";
import { cancelDownload, downloadBytes, listDownloads, showDownload } from "../sync/fetch-download.ts";
import { requestDownload } from "../sync/request-download.ts";
import { answer } from "./answer.ts";
import { fieldsOf, subjectOf, withDownload } from "./download-options.ts";
import type { DownloadOptions } from "./download-options.ts";
import { tellDownload, tellDownloads } from "./download-views.ts";
import { everyPage } from "./every-page.ts";
import { addRepeatCommands } from "./repeat-commands.ts";
import type { Connection, Terminal } from "./terminal.ts";
import { waitForDownload } from "./wait-for-download.ts";

type RequestOptions = DownloadOptions & {
  readonly from?: string;
  readonly to?: string;
  readonly wait?: boolean;
  readonly output?: string;
};

export function addDownloadCommands(program: Command, terminal: Terminal): void {
  const download = program
    .command("download")
    .description("a calendar or feed as one file; what apps hear of them")
    .addHelpText("after", "\nExample:\n  calferry download list --owner ann");
  addRequest(download, terminal);
  download
    .command("list")
    .description("one owner's downloads of the last 30 days, the newest first")
    .option("--owner <name>", "whose", "default")
    .addHelpText("after", "\nExample:\n  calferry download list --json")
    .action(async ({ owner }: { readonly owner: string }, command: Command) => {
      const ask = async ({ downloadBook, now }: Connection): Promise<DownloadView[]> =>
        await everyPage((page) => listDownloads(owner, page, downloadBook, now()));
      await answer(terminal, command, ask, (views) => tellDownloads(views, terminal.now()));
    });
  download
    .command("show")
    .argument("<id>", "the download")
    .description("one download: state, parts done, until when it is kept")
    .addHelpText("after", "\nExample:\n  calferry download show k3v0q8x2m7c1a5ze")
    .action(async (downloadId: string, _options: unknown, command: Command) => {
      const ask = async ({ downloadBook, now }: Connection): Promise<DownloadView> =>
        await showDownload(downloadId, downloadBook, now());
      await answer(terminal, command, ask, tellDownload);
    });
  download
    .command("get")
    .argument("<id>", "the download")
    .option("--output <file>", "where to (its own name, in this folder, if absent)")
    .description("write a ready download's file")
    .addHelpText("after", "\nExample:\n  calferry download get k3v0q8x2m7c1a5ze --output may.csv")
    .action(async (downloadId: string, { output }: { readonly output?: string }, command: Command) => {
      const ask = async (connection: Connection): Promise<DownloadView & Written> =>
        await writeDownload(terminal, connection, downloadId, output);
      await answer(terminal, command, ask, tellWritten);
    });
  download
    .command("cancel")
    .argument("<id>", "the download")
    .description("cancel one that is queued or running, for all who share it")
    .addHelpText("after", "\nExample:\n  calferry download cancel k3v0q8x2m7c1a5ze")
    .action(async (downloadId: string, _options: unknown, command: Command) => {
      const ask = async ({ downloadBook, now }: Connection): Promise<DownloadView> =>
        await cancelDownload(downloadId, downloadBook, now());
      await answer(terminal, command, ask, tellDownload);
    });
  addRepeatCommands(download, terminal);
}

function addRequest(download: Command, terminal: Terminal): void {
  withDownload(download.command("request").argument("<subject>"))
    .option("--from <time>", "first day, or an instant")
    .option("--to <time>", "the day or instant after the last")
    .option("--wait", "until the file is ready")
    .option("--output <file>", "wait, and write the file there")
    .description("ask for a file of a calendar or feed; who asks for the same shares it")
    .addHelpText("after", "\nExample:\n  calferry download request ID --from 2026-05-01 --to 2026-06-01 --wait")
    .action(async (subject: string, options: RequestOptions, command: Command) => {
      const ask = async (connection: Connection): Promise<RequestedDownloadView & Partial<Written>> => {
        const asked = { ...(await subjectOf(subject, connection)), ...fieldsOf(options), from: options.from, to: options.to };
        const {
          download: made,
          parts,
          shared,
        } = await requestDownload(readInput(DownloadRequest, asked, "arguments"), connection, connection);
        const { downloadId } = made;
        if (options.wait !== true && options.output === undefined)
          return { ...downloadView(made, parts, connection.now()), shared };
        const view = await waitForDownload(terminal, connection, downloadId);
        if (options.output === undefined || view.state !== "ready") return { ...view, shared };
        return { ...(await writeDownload(terminal, connection, downloadId, options.output)), shared };
      };
      await answer(terminal, command, ask, (view) =>
        view.file === undefined ? tellDownload(view) : tellWritten({ ...view, file: view.file }),
      );
    });
}

type Written = { readonly file: string };

async function writeDownload(
  terminal: Terminal,
  connection: Connection,
  downloadId: string,
  output: string | undefined,
): Promise<DownloadView & Written> {
  const now = connection.now();
  const bytes = await downloadBytes(downloadId, connection, now);
  const view = await showDownload(downloadId, connection.downloadBook, now);
  const file = output ?? view.fileName;
  await terminal.writeFile(file, bytes);
  return { ...view, file };
}

function tellWritten({ file, bytes, rows }: DownloadView & Written): string {
  return `wrote ${file}: ${rows ?? 0} rows, ${bytes ?? 0} bytes`;
}
