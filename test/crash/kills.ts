/**
 * `npm run crash -- [--kills N] [--seed S]`: one machine is killed (SIGKILL) N times at AWS calls that the seed chooses and started again, nothing
 * else is done for it, and in the end it is as a machine that nobody disturbed: the same bytes in every feed, nothing stuck.
 */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { randomFrom } from "../sync/random.ts";
import { Keeper } from "./keeper.ts";
import { KillableMachine } from "./killable-machine.ts";
import { Killer } from "./killer.ts";
import { play } from "./play.ts";
import type { Evidence, Play } from "./play.ts";
import { contentAt, scriptOf, URL_CALENDARS } from "./script.ts";
import { Sources } from "./sources.ts";
import { setStage } from "./stage.ts";
import type { Stage } from "./stage.ts";
import { calendarDifferences, equalFeeds, stuckStates } from "./verdict.ts";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "50" }, seed: { type: "string", default: "1" } },
});
const kills = Number(values.kills);
const seed = Number(values.seed);
/** Kills that must hit between commit and publish. */
const BETWEEN = 5;
const ROUNDS_LEAST = 4;
const KILLS_A_ROUND = 4;
const AHEAD_MS = 12 * 3_600_000;
const DIFFERENCES_TOLD = 20;

const startedMs = performance.now();
const rounds = Math.max(ROUNDS_LEAST, Math.ceil(kills / KILLS_A_ROUND));
const aheadMs = Math.ceil((Date.now() + AHEAD_MS) / 60_000) * 60_000;
const script = scriptOf(rounds);
const folder = await mkdtemp(join(tmpdir(), "calferry-kills-"));
const sources = await Sources.open(URL_CALENDARS);
let [passed, failed] = [0, 0];

try {
  const stage = await onMachine("begin", 0, async (keeper) => await prepare(keeper));
  const scene: Play = { rounds, aheadMs, stage, sources };
  // Copies of one beginning: the same ids, links and keys in both runs, so that bytes can be compared as they are.
  for (const name of ["undisturbed", "killed"]) await cp(join(folder, "begin"), join(folder, name), { recursive: true });
  const undisturbed = await onMachine("undisturbed", 0, async (keeper, killer) => await play(scene, keeper, killer));
  const disturbed = await onMachine("killed", kills, async (keeper, killer) => {
    const evidence = await play(scene, keeper, killer).finally(() => tellKills(killer, keeper.starts));
    expect(killer.kills.length === kills, `${killer.kills.length} of ${kills} kills`);
    const wanted = Math.min(BETWEEN, kills);
    expect(killer.between >= wanted, `${killer.between} kills between commit and publish, wanted ${wanted} at least`);
    return evidence;
  });
  compare(stage, undisturbed, disturbed);
} catch (error) {
  expect(false, error instanceof Error ? error.message : String(error));
} finally {
  await sources.close();
  await rm(folder, { recursive: true, force: true });
}
console.log(`seed ${seed}, ${rounds} rounds, ${sources.requests} requests to sources, ${sinceStart()} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Runs the work on the machine of a folder, which is kept running meanwhile. */
async function onMachine<Result>(
  name: string,
  wanted: number,
  work: (keeper: Keeper, killer: Killer) => Promise<Result>,
): Promise<Result> {
  const machine = await KillableMachine.open(join(folder, name));
  const killer = new Killer({ kills: wanted, between: BETWEEN, random: randomFrom(seed), kill: () => machine.kill() });
  const keeper = new Keeper(machine, killer);
  keeper.begin();
  try {
    const result = await work(keeper, killer);
    console.log(`${name}: ${[...killer.calls.values()].reduce((sum, count) => sum + count, 0)} AWS calls, ${sinceStart()} s`);
    return result;
  } finally {
    await keeper.end();
    await machine.close();
  }
}

async function prepare(keeper: Keeper): Promise<Stage> {
  sources.play(script, 0, aheadMs);
  const stage = await setStage(keeper, script, sources);
  for (const calendar of stage.calendars.filter(({ kind }) => kind === "push")) {
    await keeper.ask("PUT", `/v1/calendars/${calendar.calendarId}/events`, contentAt(calendar, 0, aheadMs));
  }
  await keeper.until("the first version of every feed", async (saw, engines) => {
    const { builds } = await engines.records();
    const built = stage.feeds.filter(({ feedId, members }) => {
      const build = builds.find((one) => one.feedId === feedId);
      return build !== undefined && members.every((calendarId) => build.members[calendarId] === 1);
    });
    saw(`${built.length} of ${stage.feeds.length}`);
    return built.length === stage.feeds.length ? true : undefined;
  });
  return stage;
}

function compare(stage: Stage, undisturbed: Evidence, disturbed: Evidence): void {
  const stuck = stuckStates(disturbed);
  expect(stuck.length === 0, `${stuck.length} stuck states`, stuck);
  const differences = calendarDifferences(stage, undisturbed, disturbed);
  expect(differences.length === 0, `${stage.calendars.length} calendars, ${differences.length} differences`, differences);
  const equal = equalFeeds(undisturbed, disturbed);
  expect(equal === stage.feeds.length, `feeds equal ${equal}/${stage.feeds.length}`);
}

function tellKills({ kills: done, between }: Killer, starts: number): void {
  const points = Map.groupBy(done, ({ call }) => call);
  const rows = [...points].map(([call, some]) => ({ call, count: some.length, stages: some.map(({ stage }) => stage) }));
  console.log("kills  at the AWS call (before, during, after it)");
  for (const { call, count, stages } of rows.toSorted(
    (one, other) => other.count - one.count || (one.call < other.call ? -1 : 1),
  )) {
    const parts = ["before", "during", "after"].map((stage) => stages.filter((one) => one === stage).length);
    console.log(`${String(count).padStart(5)}  ${call} (${parts.join(", ")})`);
  }
  console.log(`${done.length} kills, ${between} of them between commit and publish, ${starts} starts, no operator command`);
}

function expect(isTrue: boolean, what: string, details: readonly string[] = []): void {
  if (isTrue) passed += 1;
  else failed += 1;
  console.log(`${isTrue ? "ok  " : "FAIL"}  ${what}`);
  for (const detail of details.slice(0, DIFFERENCES_TOLD)) console.log(`        ${detail}`);
}

function sinceStart(): number {
  return Math.round((performance.now() - startedMs) / 1000);
}
