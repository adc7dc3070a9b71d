/** Which of a calendar's objects nothing needs any more. */

/** `version` is 0 for what is of no version, such as a held body. */
export type AgingObject = { readonly key: string; readonly version: number; readonly modifiedMs: number };
type Age = { readonly calendarVersion: number; readonly keptMs: number; readonly now: Date };

/** Versions kept before the one that is pointed at. */
const KEPT_BEFORE = 2;

/**
 * A version goes as a whole, when the youngest of its objects is old: a worker that lost its commit left its object beside the
 * committed one a moment later, and alone it would be taken for that.
 */
export function oldKeys(objects: readonly AgingObject[], { calendarVersion, keptMs, now }: Age): string[] {
  const isYoung = ({ modifiedMs }: AgingObject): boolean => now.getTime() - modifiedMs <= keptMs;
  const young = new Set(objects.filter((each) => each.version > 0 && isYoung(each)).map(({ version }) => version));
  const old = objects.filter((each) => each.version < calendarVersion - KEPT_BEFORE && !isYoung(each));
  return old.filter(({ version }) => !young.has(version)).map(({ key }) => key);
}
