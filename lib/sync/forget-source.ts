/** Forget what another source said of a calendar: it was moved, now or by somebody who died before he came to this. */
import type { Calendar } from "../contract/calendar.ts";
import { sourceHost } from "../core/source-url.ts";

export interface SourceForgetter {
  /**
   * Forgets what another source answered, what is held of it and until when it wanted rest, and names the host; a fetch that began before
   * `at` can no longer save.
   */
  forgetSource(calendarId: string, host: string, at: string): Promise<void>;
}

/** Nothing is asked of a calendar that is written by push, whoever is to ask. */
export async function forgetOthers({ calendarId, source }: Calendar, editor: SourceForgetter, now: Date): Promise<void> {
  const host = sourceHost(source);
  if (host !== undefined) await editor.forgetSource(calendarId, host, now.toISOString());
}
