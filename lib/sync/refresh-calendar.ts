/** Read a url calendar anew, whatever its source says of change: forget validators and hash, then import. */
import type { Run } from "../contract/run.ts";
import { askImport, loadPulled } from "./ask-import.ts";
import type { AskImportPorts } from "./ask-import.ts";
import type { CreateContext } from "./create-calendar.ts";

export interface ForgetfulBook {
  /**
   * Removes validators and content hash, of the hold as well where one is named, and remembers when: the next fetch is answered in full and
   * read, though one that began before writes them again.
   */
  forgetValidators(calendarId: string, holdId: string | undefined, at: string): Promise<void>;
}
export type RefreshPorts = AskImportPorts & { readonly editor: ForgetfulBook };

/** The queued run; its end stands under the same id. Throws `calendar-unknown`, `source-kind-wrong`. */
export async function refreshCalendar(calendarId: string, ports: RefreshPorts, context: CreateContext): Promise<Run> {
  const loaded = await loadPulled(calendarId, ports);
  await ports.editor.forgetValidators(calendarId, loaded.hold?.holdId, context.now().toISOString());
  return await askImport(loaded, ports, context);
}
