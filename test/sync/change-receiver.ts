/**
 * The reference of docs/changes.md: an app that keeps a copy of calendars from messages in any order, some twice, some never.
 * It knows nothing but messages and one question: what changed since the version that I have?
 */
import type { ChangeMessage, EventChange } from "../../lib/contract/change.ts";
import type { LifeMessage } from "../../lib/contract/life.ts";

export type Message = ChangeMessage | LifeMessage;
export type Answer = { readonly items: readonly Message[]; readonly cursor?: string | undefined };
/** GET /v1/calendars/{id}/changes; undefined where it answered `snapshot-needed` or `version-ahead`. */
export type AskChanges = (calendarId: string, from: number, cursor: string | undefined) => Promise<Answer | undefined>;

export type Copy = { version: number; readonly events: Map<string, EventChange> };
/** What was heard of one step from a version to another. */
type Step = {
  readonly previous: number;
  readonly version: number;
  parts: number | undefined;
  readonly heard: Map<number, ChangeMessage>;
};

export class ChangeReceiver {
  readonly copies = new Map<string, Copy>();
  private readonly steps = new Map<string, Map<string, Step>>();

  hear(message: Message): void {
    if (message.kind === "import.finished") this.note(message.calendarId, message).parts = message.parts;
    else if ("part" in message) {
      const step = this.note(message.calendarId, message);
      step.parts = message.parts;
      // A change too large for the topic is asked for: its place is known, and it is not here.
      if (message.changes !== undefined) step.heard.set(message.part, message);
    } else return;
    this.applyNext(message.calendarId);
  }

  /** Whether something was heard of that does not follow on what is here. */
  hasGap(calendarId: string): boolean {
    return (this.steps.get(calendarId)?.size ?? 0) > 0;
  }

  /** Asks for what is missing; drops the copy where that is too old. */
  async fill(calendarId: string, ask: AskChanges): Promise<void> {
    const pages = await allPages(calendarId, this.copyOf(calendarId).version, ask);
    if (pages !== undefined) return pages.forEach((message) => this.hear(message));
    this.copies.delete(calendarId);
    for (const message of (await allPages(calendarId, 0, ask)) ?? []) this.hear(message);
  }

  copyOf(calendarId: string): Copy {
    const copy = this.copies.get(calendarId) ?? { version: 0, events: new Map<string, EventChange>() };
    this.copies.set(calendarId, copy);
    return copy;
  }

  private note(calendarId: string, message: { readonly previousVersion: number; readonly calendarVersion: number }): Step {
    const { previousVersion: previous, calendarVersion: version } = message;
    const steps = this.steps.get(calendarId) ?? new Map<string, Step>();
    this.steps.set(calendarId, steps);
    const name = `${previous}>${version}`;
    const step = steps.get(name) ?? { previous, version, parts: undefined, heard: new Map<number, ChangeMessage>() };
    steps.set(name, step);
    return step;
  }

  private applyNext(calendarId: string): void {
    const copy = this.copyOf(calendarId);
    const steps = this.steps.get(calendarId) ?? new Map<string, Step>();
    for (const [name, step] of steps) {
      if (step.version <= copy.version) steps.delete(name);
      else if (step.previous === copy.version && step.heard.size === step.parts) {
        apply(copy, step);
        return this.applyNext(calendarId);
      }
    }
  }
}

function apply(copy: Copy, { heard, version }: Step): void {
  for (const change of [...heard.values()].flatMap(({ changes = [] }) => changes)) {
    const identity = `${change.uid} ${change.recurrenceId ?? ""}`;
    if (change.kind === "deleted") copy.events.delete(identity);
    else copy.events.set(identity, change);
  }
  copy.version = version;
}

async function allPages(calendarId: string, from: number, ask: AskChanges): Promise<Message[] | undefined> {
  const messages: Message[] = [];
  let cursor: string | undefined;
  do {
    const answer = await ask(calendarId, from, cursor);
    if (answer === undefined) return undefined;
    messages.push(...answer.items);
    cursor = answer.cursor;
  } while (cursor !== undefined);
  return messages;
}
