/** One calendar's copy, and how messages make it move: step after step, whatever comes twice, late or in any order. Pure. */

export type Change = {
  readonly kind: "created" | "updated" | "deleted";
  readonly uid: string;
  readonly recurrenceId?: string;
  /** The whole VEVENT; a deletion has none. */
  readonly text?: string;
};
/** What the changes topic sends; docs/changes.md has every field. */
export type Message = {
  readonly kind: string;
  readonly calendarId?: string;
  readonly externalId?: string;
  readonly calendarVersion?: number;
  readonly previousVersion?: number;
  readonly part?: number;
  readonly parts?: number;
  readonly changes?: readonly Change[];
};
/** What is known of the way from one version to a later one. */
export type Step = {
  readonly previousVersion: number;
  readonly calendarVersion: number;
  readonly parts: number;
  readonly heard: Record<string, readonly Change[]>;
};
export type Copy = {
  version: number;
  /** Text by identity. */
  events: Record<string, string>;
  steps: Record<string, Step>;
};

const STEP_KINDS = new Set(["created", "updated", "deleted", "import.finished"]);

export function emptyCopy(): Copy {
  return { version: 0, events: {}, steps: {} };
}

/** Keeps what the message says until its step is complete. */
export function takeIn(copy: Copy, { kind, calendarVersion, previousVersion, part, parts, changes }: Message): void {
  if (!STEP_KINDS.has(kind) || calendarVersion === undefined || previousVersion === undefined || parts === undefined) return;
  const key = `${previousVersion}-${calendarVersion}`;
  const step = (copy.steps[key] ??= { previousVersion, calendarVersion, parts, heard: {} });
  // A part that is too large for a message comes without its changes: they are asked for like any other gap.
  if (part !== undefined && changes !== undefined) step.heard[part] ??= changes;
}

/** Applies every step that is complete and next. In a database: one transaction a step. */
export function advance(copy: Copy): void {
  for (;;) {
    for (const [key, { calendarVersion }] of Object.entries(copy.steps)) {
      if (calendarVersion <= copy.version) delete copy.steps[key];
    }
    const next = Object.values(copy.steps).find(
      ({ previousVersion, parts, heard }) => previousVersion === copy.version && Object.keys(heard).length === parts,
    );
    if (next === undefined) return;
    for (const change of Object.values(next.heard).flat()) put(copy, change);
    copy.version = next.calendarVersion;
  }
}

/** Whether something came that cannot be applied yet. */
export function hasGap(copy: Copy): boolean {
  return Object.keys(copy.steps).length > 0;
}

/** Created and updated are the same act, so that an event which is there already does no harm. */
function put(copy: Copy, { uid, recurrenceId = "", text }: Change): void {
  const identity = `${uid}\n${recurrenceId}`;
  if (text === undefined) delete copy.events[identity];
  else copy.events[identity] = text;
}
