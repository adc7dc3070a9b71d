import { expect, it } from "vitest";

import { tellExcess } from "../../lib/sync/tell-excess.ts";
import { crashAfter, Stage } from "./stage.ts";

const NAME = "giant.example";

async function skip(stage: Stage, count: number): Promise<void> {
  await tellExcess({ [NAME]: count }, stage.ports, stage.world.clock.now());
}

it("a host that skips turns for an hour is told of once, by an alert and on its record", async () => {
  const stage = new Stage();
  stage.world.hosts.stored.set(NAME, { version: 1, host: NAME, nextStartAtMs: 5, startsPerSecond: 2 });
  await skip(stage, 3);
  expect([...(await stage.world.alerts.groups())]).toEqual([]);
  for (let hour = 0; hour < 5; hour += 1) {
    stage.world.clock.minutes(60);
    await skip(stage, 3);
  }
  const groups = await stage.world.alerts.groups();
  expect(groups).toMatchObject([{ kind: "pace", code: "pace-exceeded", host: NAME, count: 1, notices: 1 }]);
  expect(groups[0]?.reason).toContain("skipped 6 turns");
  expect(groups[0]?.reason).toContain("2 starts a second");
  expect(stage.world.hosts.stored.get(NAME)).toMatchObject({ nextStartAtMs: 5, startsPerSecond: 2, exceededCount: 18 });
});

it("a crash between the alert and the host's record tells nobody twice", async () => {
  const stage = new Stage();
  await skip(stage, 1);
  stage.world.clock.minutes(60);
  stage.disturb("alerts.put", crashAfter);
  await expect(skip(stage, 1)).rejects.toThrow("crash");
  await skip(stage, 1);
  expect(await stage.world.alerts.groups()).toMatchObject([{ count: 2, notices: 1 }]);
});
