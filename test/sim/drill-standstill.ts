/** Everything stands still and goes on: what was asked for meanwhile waits, and loses no attempt. */
import { pauseAll, resumeAll } from "../../lib/sync/pause-all.ts";
import type { Drill } from "./drill.ts";

export async function drillStandstill(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const { source } = pupil;
  const { world } = drill.simulation;
  const by = { at: world.clock.now().toISOString(), who: "operator" };
  await drill.ask("pause all", async (ports) => await pauseAll(ports, by));
  const asked = source.served.length;
  await drill.sync(pupil);
  const [waiting] = world.urgent.messages.values();
  drill.must(waiting?.receives === 0 && source.served.length === asked, "an import ran although all was paused");
  await drill.ask("resume all", async (ports) => await resumeAll(ports));
  drill.must(world.urgent.messages.size === 0, "all was resumed, and a task waits on");
  drill.must(source.served.length === asked + 1, `its source was asked ${source.served.length - asked} times, wanted once`);
}
