/** An app that hears of changes and follows the documented protocol: messages in any order, some twice; gaps are asked for. */
import type { ChangeMessage, ChangeSet } from "../../lib/contract/change.ts";
import { applied, facts } from "./observer.ts";

type Known = Parameters<typeof applied>[0][number];
type Copy = { version: number; events: Known[] };

/** Answers `changes?from=N`: the change sets of the versions after N, in order. */
export type ChangesFrom = (calendarId: string, version: number) => readonly ChangeSet[];

export class Receiver {
  private readonly copies = new Map<string, Copy>();
  private readonly parts = new Map<string, Map<number, ChangeMessage>>();
  private readonly readObject: (key: string) => ChangeSet;

  constructor(readObject: (key: string) => ChangeSet) {
    this.readObject = readObject;
  }

  hear(message: ChangeMessage): void {
    const { calendarId, calendarVersion, part } = message;
    const key = `${calendarId} ${calendarVersion}`;
    const parts = this.parts.get(key) ?? new Map<number, ChangeMessage>();
    this.parts.set(key, parts.set(part, message));
    this.applyNext(calendarId);
  }

  /** Asks for what no message told of: a version without changes for an app, or the end of a row. */
  fillGaps(calendarId: string, changesFrom: ChangesFrom): void {
    const copy = this.copyOf(calendarId);
    for (const set of changesFrom(calendarId, copy.version)) {
      if (set.previousVersion === copy.version) this.apply(copy, set.calendarVersion, set.changes);
    }
  }

  facts(calendarId: string): string {
    return facts(this.copyOf(calendarId).events);
  }

  private applyNext(calendarId: string): void {
    const copy = this.copyOf(calendarId);
    const parts = this.parts.get(`${calendarId} ${copy.version + 1}`);
    const [first] = parts?.values() ?? [];
    if (parts === undefined || first === undefined || parts.size < first.parts || first.previousVersion !== copy.version) return;
    const changes = [...parts.values()].flatMap((message) => message.changes ?? this.changesIn(message));
    this.apply(copy, first.calendarVersion, changes);
    this.applyNext(calendarId);
  }

  private changesIn({ changesKey = "", kind }: ChangeMessage): ChangeSet["changes"] {
    return this.readObject(changesKey).changes.filter((change) => change.kind === kind);
  }

  private apply(copy: Copy, version: number, changes: ChangeSet["changes"]): void {
    copy.events = applied(copy.events, { changes });
    copy.version = version;
  }

  private copyOf(calendarId: string): Copy {
    const copy = this.copies.get(calendarId) ?? { version: 0, events: [] };
    this.copies.set(calendarId, copy);
    return copy;
  }
}
