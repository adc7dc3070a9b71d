/** A source that gives nothing for days is told of once, is shown as stale, and is so no more when it answers. */
import type { Drill } from "./drill.ts";

/** A source that gives nothing for a day: people hear once, feeds say so, and say so no more when it answers. */
export async function drillStale(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const { source, calendarId } = pupil;
  const { world } = drill.simulation;
  source.manner = { kind: "failing", code: "source-forbidden" };
  await drill.course.turns();
  drill.hours(26);
  await drill.course.turns();
  drill.must(pupil.checkpoint.staleToldAt !== undefined, `${calendarId} gave nothing for a day and nobody was told`);
  drill.must(
    pupil.checkpoint.staleCode === "source-forbidden",
    `${calendarId} is stale because of ${pupil.checkpoint.staleCode}`,
  );
  await drill.rebuild();
  const toldAt = pupil.checkpoint.staleToldAt;
  drill.hours(26);
  await drill.course.turns();
  drill.must(pupil.checkpoint.staleToldAt === toldAt, `${calendarId} was told stale again`);
  source.manner = { kind: "well" };
  drill.hours(25);
  await drill.course.turns();
  drill.must(pupil.checkpoint.staleCode === undefined, `${calendarId} answers again and is stale`);
  await drill.rebuild();
  drill.must(world.calendars.holds.size === 0, "holds stand although nothing was lost");
}
