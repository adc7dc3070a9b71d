/** What `calferry pause-all` switched off, so that `resume-all` switches on that and nothing else. */
import * as z from "zod";

export const Pause = z.object({
  version: z.literal(1),
  at: z.string(),
  who: z.string(),
  /** Names of schedules that were enabled. */
  schedules: z.array(z.string()),
  /** UUIDs of event source mappings that were enabled. */
  eventSources: z.array(z.string()),
});
export type Pause = z.infer<typeof Pause>;
