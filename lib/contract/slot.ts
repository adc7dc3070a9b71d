/** The wheel's fixed numbers: which intervals exist and how many shards a minute has. */
import * as z from "zod";

/** Minutes; each divides a day, so that the phases of one interval nest in those of another. */
export const INTERVALS_MINUTES = [5, 10, 15, 30, 60, 120, 180, 360, 720, 1440] as const;

/** Index partitions for each (interval, phase); fixed, for a change would move every calendar. */
export const SHARD_COUNT = 8;

export const IntervalMinutes = z.literal(INTERVALS_MINUTES);
export type IntervalMinutes = z.infer<typeof IntervalMinutes>;
