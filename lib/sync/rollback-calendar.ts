/** Bring back the content of a kept version as a new version; versions only grow. */
import type { Checkpoint } from "../contract/checkpoint.ts";
import type { Run } from "../contract/run.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import { Refusal } from "../core/failure.ts";
import { unknownVersion } from "../core/refusals.ts";
import { rollBack } from "../core/roll-back.ts";
import { oneOffTaskId } from "../core/runs.ts";
import { sameFacts } from "../core/snapshots.ts";
import type { CreateContext } from "./create-calendar.ts";
import { finishCommit } from "./finish-commit.ts";
import type { ChangeObjects } from "./finish-commit.ts";
import type { CalendarBook, LoadedCalendar } from "./import-calendar.ts";
import { keptVersions } from "./kept-versions.ts";
import type { SnapshotShelf, StoredSnapshot } from "./kept-versions.ts";
import type { UrgentQueue } from "./replay-letter.ts";
import { loadForChange, sendFollowUp, untouched } from "./settled-calendar.ts";
import type { SettlePorts } from "./settled-calendar.ts";
import { countsOf, storeVersion } from "./store-version.ts";
import type { StoredVersion, VersionObjects } from "./store-version.ts";

export type RollbackPorts = SettlePorts & {
  readonly calendars: Pick<CalendarBook, "save" | "putRun">;
  readonly objects: VersionObjects & ChangeObjects & SnapshotShelf;
  readonly urgent: UrgentQueue;
};
export type RollbackChoice = {
  readonly calendarId: string;
  /** @default the kept version before the present one */
  readonly toVersion: number | undefined;
};

const TRIES = 4;

/** The run that says what changed. Throws `calendar-unknown`, `version-unknown`; then nothing changed. */
export async function rollbackCalendar(choice: RollbackChoice, ports: RollbackPorts, context: CreateContext): Promise<Run> {
  const taskId = oneOffTaskId(context.now().toISOString(), context.newId());
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const loaded = await loadForChange(choice.calendarId, ports, context.now().toISOString());
    const run = await rollBackOnce(taskId, choice, loaded, ports, context);
    if (run !== "lost") return run;
  }
  const what = `calendar ${choice.calendarId} was written by others ${TRIES} times in a row, wanted one undisturbed write`;
  throw new Refusal("internal-error", what, "roll it back again");
}

async function rollBackOnce(
  taskId: string,
  { toVersion }: RollbackChoice,
  loaded: LoadedCalendar,
  ports: RollbackPorts,
  context: CreateContext,
): Promise<Run | "lost"> {
  const { checkpoint } = loaded;
  const { calendarId } = checkpoint;
  const at = context.now().toISOString();
  const target = chosen(toVersion, checkpoint, await keptVersions(checkpoint, ports.objects));
  const stored = await storeOlder(target, checkpoint, ports.objects, { at, taskId });
  const counts = stored?.counts ?? countsOf([], checkpoint.skippedCount, checkpoint.calendarVersion);
  const status = stored === undefined ? "unchanged" : "imported";
  const detail = `version ${target.calendarVersion} was brought back`;
  const ended = { ...counts, detail, startedAt: at, endedAt: context.now().toISOString() };
  const run: Run = { version: 1, runId: taskId, calendarId, taskId, reason: "rollback", status, ...ended };
  const putRun = async (): Promise<void> => await ports.calendars.putRun(run);
  if (stored === undefined) {
    await putRun();
    return run;
  }
  const next = rolledBack(loaded, stored, target.calendarVersion, at);
  await sendFollowUp(calendarId, at, ports.urgent, context);
  if ((await ports.calendars.save(next, untouched(checkpoint, at))) === "lost") return "lost";
  // The run is written while `pending` stands: after a crash somebody comes who still knows whose version it is.
  await finishCommit(ports, loaded.calendar, stored.patch.pending, putRun);
  return run;
}

function chosen(
  toVersion: number | undefined,
  { calendarId, calendarVersion }: Checkpoint,
  kept: readonly StoredSnapshot[],
): StoredSnapshot {
  const older = (version: number): boolean => version < calendarVersion;
  const found = kept.find((one) => (toVersion === undefined ? older(one.calendarVersion) : one.calendarVersion === toVersion));
  const versions = kept.map((one) => one.calendarVersion);
  if (found === undefined) throw unknownVersion(calendarId, toVersion, versions);
  return found;
}

/** Undefined where the present version says the same already. */
async function storeOlder(
  { key }: StoredSnapshot,
  { calendarVersion, snapshotKey = key }: Checkpoint,
  objects: VersionObjects,
  { at, taskId }: { readonly at: string; readonly taskId: string },
): Promise<StoredVersion | undefined> {
  if (key === snapshotKey) return undefined;
  const [current, older] = await Promise.all([objects.getSnapshot(snapshotKey), objects.getSnapshot(key)]);
  const { events, changes } = rollBack(current.events, older.events, at);
  const next: Snapshot = {
    ...older,
    calendarVersion: calendarVersion + 1,
    takenAt: at,
    previousKey: snapshotKey,
    eventCount: events.length,
    events: [...events],
  };
  if (changes.length === 0 && sameFacts(current, next)) return undefined;
  const run = { runId: taskId, taskId, reason: "rollback" };
  return await storeVersion(next, { changes, previousVersion: calendarVersion, run }, objects);
}

/**
 * Validators and content hash stay those of the last fetch: a source that has not changed since then changes nothing, one that
 * has is imported as always. An app's PUT is its last word, also where it says what it said before.
 */
function rolledBack({ calendar, checkpoint }: LoadedCalendar, stored: StoredVersion, version: number, at: string): Checkpoint {
  const isWell = checkpoint.outcome?.status === "imported" || checkpoint.outcome?.status === "unchanged";
  const reason = `version ${version} was brought back by a person`;
  return {
    ...checkpoint,
    ...stored.patch,
    fetchedAt: at,
    skippedCount: stored.counts.skipped,
    ...(calendar.source.kind === "push" ? { contentHash: undefined } : {}),
    ...(isWell ? { outcome: { status: "imported", at, reason } } : {}),
  };
}
