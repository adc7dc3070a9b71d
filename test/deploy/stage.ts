/** What the acts of the deploy test share: the deployed stack, its operator's tools, and one calendar with its subscriber. */
import * as z from "zod";

import type { Deployment } from "./deployment.ts";
import type { Emulator } from "./emulator.ts";
import type { Owner } from "./owner.ts";
import type { SourceServer } from "./source-server.ts";
import type { Steps } from "./steps.ts";
import type { Subscriber } from "./subscriber.ts";

/** A source's URL is a secret: this part of it must be in no log and in no alert. */
export const SECRET = "private-5d0c41e7";

/** What follows at once, on a machine that is busy. */
export const SOON_MS = 60_000;

const Listed = z.object({ letterId: z.string(), calendarId: z.string().optional(), code: z.string(), state: z.string() });
export const Letters = z.object({ items: z.array(Listed) }).transform(({ items }) => items);
export const CreatedFeed = z.object({ feedId: z.string(), link: z.object({ url: z.string() }) });

export interface Stage {
  readonly steps: Steps;
  readonly deployment: Deployment;
  readonly emulator: Emulator;
  readonly source: SourceServer;
  readonly signal: AbortSignal;
}

export type Outputs = Readonly<Record<string, string>>;

/** One calendar of one owner, and who subscribes to it. */
export interface Life {
  readonly calendarId: string;
  readonly owner: Owner;
  readonly subscriber: Subscriber;
  /** What each is, and the text that nobody may print. */
  readonly secrets: Readonly<Record<string, string>>;
}

export function outputOf(outputs: Outputs, name: string): string {
  const value = outputs[name];
  if (value === undefined) throw new Error(`the stack has no output ${name}, wanted one of ${Object.keys(outputs).join(", ")}`);
  return value;
}
