/** One host's pace and cooldown, for the whole stack. */
import * as z from "zod";

import { Blackout } from "./blackout.ts";

export const Host = z.object({
  version: z.literal(1).default(1),
  host: z.string(),
  /** UTC milliseconds of the first start that nobody has reserved. */
  nextStartAtMs: z.number().optional(),
  /** UTC instant until which nobody asks this host. */
  cooldownUntil: z.string().optional(),
  /** Starts a second; absent: the default of the giants' table or of everyone. */
  startsPerSecond: z.number().positive().optional(),
  /** Windows in which nobody asks this host. */
  blackout: Blackout.optional(),
  /** UTC instant at which a person paused it: calendars that are added later begin paused. */
  pausedAt: z.string().optional(),
  /** UTC instants of the first and the last turn that was skipped for want of starts, and how many were. */
  exceededSince: z.string().optional(),
  exceededAt: z.string().optional(),
  exceededCount: z.number().int().positive().optional(),
  /** UTC instant at which people were told of it. */
  exceededToldAt: z.string().optional(),
});
export type Host = z.infer<typeof Host>;

/** Body of PUT /v1/hosts/{host} and arguments of `calferry host set`: the whole policy; what is absent is as for everybody. */
export const HostPolicy = z.strictObject({
  startsPerSecond: z.number().min(0.001).max(1000).optional(),
  blackout: Blackout.optional(),
});
export type HostPolicy = z.infer<typeof HostPolicy>;
