/** Wait for a download to end, with a bar of its parts; workers make it, so Ctrl-C ends the wait and nothing else. */
import type { DownloadView } from "../contract/download.ts";
import { Refusal } from "../core/failure.ts";
import { showDownload } from "../sync/fetch-download.ts";
import { progressOf } from "./long-run.ts";
import { tellLine } from "./tell-error.ts";
import type { Connection, Terminal } from "./terminal.ts";

const LOOK_EVERY_MS = 500;
/** A part may take two minutes, and a killed one comes back after twelve. */
const PATIENCE_MS = 900_000;
const CANCELLED = 130;

/** Throws `wait-too-long` where no part came for a quarter of an hour. A failed one is an error of the command. */
export async function waitForDownload(
  terminal: Terminal,
  { downloadBook, now }: Connection,
  downloadId: string,
): Promise<DownloadView> {
  const interruption = terminal.interruption?.();
  let [partsDone, movedMs] = [-1, terminal.now().getTime()];
  for (;;) {
    const view = await showDownload(downloadId, downloadBook, now());
    if (view.state !== "queued" && view.state !== "running") return ended(view, terminal);
    if (interruption?.aborted === true) {
      terminal.endWith(CANCELLED);
      terminal.draw?.("");
      return view;
    }
    terminal.draw?.(progressOf(view.partsDone, view.parts, "parts"));
    if (view.partsDone > partsDone) [partsDone, movedMs] = [view.partsDone, terminal.now().getTime()];
    if (terminal.now().getTime() - movedMs >= PATIENCE_MS) throw tooLong(downloadId, view);
    await terminal.sleep(LOOK_EVERY_MS);
  }
}

function ended(view: DownloadView, terminal: Terminal): DownloadView {
  terminal.draw?.("");
  if (view.state === "ready") return view;
  if (view.state === "failed")
    terminal.complain(tellLine(view.code ?? "internal-error", `${view.reason ?? ""}; ${view.next ?? ""}`));
  terminal.endWith(1);
  return view;
}

function tooLong(downloadId: string, { partsDone, parts }: DownloadView): Refusal {
  const seen = `download ${downloadId} stands at ${partsDone} of ${parts ?? "?"} parts for ${PATIENCE_MS / 60_000} minutes`;
  const next = "it goes on without this terminal; look for its letters with: calferry dlq list --kind download";
  return new Refusal("wait-too-long", `${seen}, wanted another part`, next);
}
