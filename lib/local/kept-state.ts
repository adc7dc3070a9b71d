/** What the machine itself remembers over restarts, in one file; the engines keep tables, queues and objects beside it. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

import * as z from "zod";

import { KeptSchedule } from "./schedule.ts";

const State = z.object({
  adminKey: z.string().default(() => `cf_${randomBytes(24).toString("base64url")}`),
  /** By what listens there: stored queue URLs and sample calendars stay right when these stay. */
  ports: z.object({ tables: z.number(), messages: z.number(), control: z.number() }).partial().default({}),
  /** False while a machine runs and after a kill. */
  stoppedCleanly: z.boolean().default(true),
  /** The tables' definition that the store was made from. */
  tables: z.string().default(""),
  groups: z.array(z.string()).default(["default"]),
  /** By group and name. */
  schedules: z.record(z.string(), KeptSchedule).default({}),
  /** Event source mappings that somebody switched. */
  mappings: z.record(z.string(), z.boolean()).default({}),
  /** Sample calendars by file, and the feeds made of them by name; `path` is a secret. */
  sampleCalendars: z.record(z.string(), z.string()).default({}),
  sampleFeeds: z.record(z.string(), z.object({ feedId: z.string(), path: z.string() })).default({}),
});

export interface KeptState {
  /** Changed in place; `save` makes it last. */
  readonly state: z.infer<typeof State>;
  readonly save: () => void;
}

/** The file is readable by its owner alone, for it holds the admin key. */
export function openState(file: string): KeptState {
  const state = State.parse(existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {});
  const save = (): void => writeWhole(file, state);
  save();
  return { state, save };
}

/** By one rename, so that a kill leaves the old file or the new one. */
export function writeWhole(file: string, content: unknown): void {
  writeFileSync(`${file}.next`, JSON.stringify(content, undefined, 2), { mode: 0o600 });
  renameSync(`${file}.next`, file);
}
