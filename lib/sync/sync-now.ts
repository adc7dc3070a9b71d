/** Import a calendar now because somebody asked: a run to follow, and a task that takes its host's next free start. */
import type { Run } from "../contract/run.ts";
import { askImport, loadPulled } from "./ask-import.ts";
import type { AskImportPorts } from "./ask-import.ts";
import type { CreateContext } from "./create-calendar.ts";

export type SyncNowPorts = AskImportPorts;

/** The queued run; its end stands under the same id. Throws `calendar-unknown`, `source-kind-wrong`. */
export async function syncNow(calendarId: string, ports: SyncNowPorts, context: CreateContext): Promise<Run> {
  return await askImport(await loadPulled(calendarId, ports), ports, context);
}
