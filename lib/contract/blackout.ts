/** Windows in which nobody asks a host. */
import * as z from "zod";

import { Weekday, WEEKDAYS, ZoneName } from "./schedule.ts";

const ClockTime = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/u);
const WINDOW_LIMIT = 20;

export const BlackoutWindow = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("weekly"),
    /** Days on which it begins. */
    days: z
      .array(Weekday)
      .min(1)
      .max(WEEKDAYS.length)
      .default([...WEEKDAYS]),
    from: ClockTime,
    /** Not after `from`: it ends on the day after. */
    to: z.union([ClockTime, z.literal("24:00")]),
    zone: ZoneName,
  }),
  z
    .strictObject({ kind: z.literal("once"), from: z.iso.datetime({ offset: true }), to: z.iso.datetime({ offset: true }) })
    .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { error: "a window that ends after it begins", path: ["to"] }),
]);
export type BlackoutWindow = z.infer<typeof BlackoutWindow>;

export const Blackout = z.array(BlackoutWindow).max(WINDOW_LIMIT);
export type Blackout = z.infer<typeof Blackout>;
