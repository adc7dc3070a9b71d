/** A commit that somebody left half done: who comes next tells of it and writes its run, as far as anybody knows who made it. */
import { ChangeSet } from "../../lib/contract/change.ts";
import type { Drill, Pupil } from "./drill.ts";

const MADE_BY = ["runId", "taskId", "reason"] as const;

export async function drillLeftCommits(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const { runs } = drill.simulation.world.calendars;
  const set = committedSet(drill, pupil);
  const made = `${pupil.calendarId} ${set.runId}`;
  runs.delete(made);
  await leaveAndFinish(drill, pupil, set);
  drill.must(runs.get(made)?.status === "imported", `version ${set.calendarVersion} was finished, and its run is not there`);
  // Older releases wrote less of it, and of what an app pushed no run is kept.
  for (const field of MADE_BY) {
    runs.delete(made);
    const { [field]: _unknown, ...rest } = set;
    await leaveAndFinish(drill, pupil, ChangeSet.parse(rest));
    drill.must(
      runs.get(made) === undefined,
      `nobody knows the ${field} of version ${set.calendarVersion}, and a run was written`,
    );
  }
}

/** What made the version that the calendar is at. */
function committedSet(drill: Drill, { calendarId, checkpoint }: Pupil): ChangeSet {
  const { objects } = drill.simulation.world;
  const sets = [...objects.stored.keys()]
    .filter((key) => key.startsWith(`changes/${calendarId}/`))
    .map((key) => ChangeSet.parse(JSON.parse(objects.text(key))));
  const set = sets.find(({ snapshotKey }) => snapshotKey === checkpoint.snapshotKey);
  if (set === undefined) throw new Error(`no change set leads to ${checkpoint.snapshotKey}`);
  return set;
}

/** Its import died right after the save; the next one is asked for. */
async function leaveAndFinish(drill: Drill, pupil: Pupil, set: ChangeSet): Promise<void> {
  const { calendars, objects } = drill.simulation.world;
  const { calendarId, calendarVersion: version } = set;
  const changesKey = `changes/${calendarId}/${version}-left-${drill.simulation.nowMs}`;
  await objects.putChanges(changesKey, set);
  calendars.checkpoints.set(calendarId, { ...pupil.checkpoint, pending: { version, changesKey, cursor: 0 } });
  await drill.sync(pupil);
  drill.must(pupil.checkpoint.pending === undefined, `version ${version} of ${calendarId} is still to be told`);
}
