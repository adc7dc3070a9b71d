/** What is written can be read back: runs and builds keep to their contract. */
import { Build } from "../../lib/contract/feed.ts";
import { Run } from "../../lib/contract/run.ts";
import type { Simulation } from "./simulation.ts";

export function watchRecords(simulation: Simulation): void {
  const { calendars, feeds } = simulation.world;
  const [putRun, flip] = [calendars.putRun.bind(calendars), feeds.flip.bind(feeds)];
  calendars.putRun = async (run) => {
    if (!Run.safeParse(run).success) simulation.violate(`a run was written that nobody can read: ${JSON.stringify(run)}`);
    await putRun(run);
  };
  feeds.flip = async (build, revision) => {
    if (!Build.safeParse(build).success) simulation.violate(`a build was written that nobody can read: ${JSON.stringify(build)}`);
    return await flip(build, revision);
  };
}
