import { describe, expect, it } from "vitest";

import type { ExportTask } from "../../lib/contract/task.ts";
import { serveFeed } from "../../lib/sync/serve-feed.ts";
import { crashAfter, sentTwice, Stage } from "./stage.ts";
import type { Planted } from "./stage.ts";
import { sampleEvents } from "./sources.ts";

type Published = Planted & { readonly stage: Stage; readonly feedId: string; readonly token: string };

async function published(): Promise<Published> {
  const stage = new Stage();
  const planted = await stage.grow(3);
  return { stage, ...planted, ...(await stage.feedOf(planted.calendarId)) };
}

function rebuild(feedId: string): ExportTask {
  return { version: 1, kind: "export", taskId: `again ${feedId}`, feedId, reason: "changed" };
}

async function imported({ stage, calendarId, source }: Published, count: number): Promise<ExportTask> {
  source.events = sampleEvents(count);
  await stage.importTurn(calendarId);
  const [{ body } = { body: "" }] = stage.world.exports.messages.values();
  stage.world.exports.messages.clear();
  stage.settle();
  const task: ExportTask = JSON.parse(body);
  return task;
}

describe("a feed", () => {
  it("that holds the version already costs one read", async () => {
    const world = await published();
    const task = await imported(world, 4);
    await world.stage.export(task);
    world.stage.settle();
    expect(await world.stage.export(task)).toEqual({ kind: "done", status: "duplicate" });
    expect(world.stage.calls).toEqual(["feeds.build"]);
  });

  it("is flipped to the new version by one write, after its object is there", async () => {
    const world = await published();
    const { stage, feedId, calendarId } = world;
    const task = await imported(world, 4);
    expect(await stage.export(task)).toEqual({ kind: "done", status: "exported" });
    expect(stage.calls.filter((call) => /objects\.put|feeds\.flip/u.test(call))).toEqual(["objects.putFeed", "feeds.flip"]);
    expect(stage.build(feedId)).toMatchObject({ revision: 2, members: { [calendarId]: 2 }, eventCount: 4 });
    expect(stage.ics(feedId).match(/^BEGIN:VEVENT/gmu)).toHaveLength(4);
  });

  it("with equal bytes moves its versions and no ETag, object or date", async () => {
    const { stage, feedId } = await published();
    const before = stage.build(feedId);
    stage.world.clock.minutes(90);
    expect(await stage.export(rebuild(feedId))).toEqual({ kind: "done", status: "unchanged" });
    const begunAt = stage.world.clock.now().toISOString();
    expect(stage.build(feedId)).toEqual({ ...before, revision: before.revision + 1, begunAt });
    expect(stage.calls).not.toContain("objects.putFeed");
  });

  it("that another worker flipped meanwhile is loaded and built again", async () => {
    const world = await published();
    const task = await imported(world, 4);
    const { stage, feedId } = world;
    stage.before("feeds.flip", async () => await stage.export(rebuild(feedId)));
    expect(await stage.export(task)).toMatchObject({ kind: "done" });
    expect(stage.build(feedId)).toMatchObject({ revision: 3, eventCount: 4 });
  });

  it("that is flipped under its worker's hands time after time comes back later", async () => {
    const { stage, feedId } = await published();
    for (let round = 0; round < 4; round += 1) {
      stage.before("feeds.flip", async () => await stage.world.feeds.flip(next(stage, feedId), stage.build(feedId).revision));
    }
    expect(await stage.export(rebuild(feedId))).toMatchObject({ kind: "retry", failure: { code: "commit-lost" } });
  });

  it("whose flip was taken and its answer lost ends well", async () => {
    const world = await published();
    const task = await imported(world, 4);
    world.stage.disturb("feeds.flip", sentTwice);
    expect(await world.stage.export(task)).toMatchObject({ kind: "done" });
    expect(world.stage.build(world.feedId)).toMatchObject({ eventCount: 4 });
  });

  it("whose worker died after the flip is found built by the next delivery", async () => {
    const world = await published();
    const task = await imported(world, 4);
    world.stage.disturb("feeds.flip", crashAfter);
    await expect(world.stage.export(task)).rejects.toThrow("crash");
    expect(await world.stage.export(task)).toEqual({ kind: "done", status: "duplicate" });
  });

  it("without any imported member is not built, and never empty", async () => {
    const stage = new Stage();
    const { calendarId } = await stage.plant();
    const { feedId, token } = await stage.feedOf(calendarId);
    expect(stage.world.feeds.builds.get(feedId)).toBeUndefined();
    const answer = await serveFeed(token, { method: "GET" }, stage.ports, stage.world.clock.now());
    expect({ status: answer.status, wait: answer.headers["retry-after"] }).toEqual({ status: 503, wait: "30" });
  });

  it("that is unknown has nothing to build", async () => {
    expect(await new Stage().export(rebuild("nobody"))).toEqual({ kind: "done", status: "gone" });
  });

  it("shows those members that were imported, and the others as they come", async () => {
    const stage = new Stage();
    const one = await stage.grow(2);
    const other = await stage.plant(3);
    const { feedId } = await stage.feedOf(one.calendarId, other.calendarId);
    expect(stage.ics(feedId).match(/^BEGIN:VEVENT/gmu)).toHaveLength(2);
    await stage.importTurn(other.calendarId);
    await stage.exportAll();
    expect(stage.build(feedId).members).toEqual({ [one.calendarId]: 1, [other.calendarId]: 1 });
  });

  it.each([
    ["that failed before", published],
    ["that failed before anything of it was read", unread],
  ])("%s is resolved by its next build", async (_title, made) => {
    const { stage, feedId } = await made();
    const task = { ...rebuild(feedId), taskId: "failed" };
    const failure = { code: "aws-unavailable", reason: "S3 did not answer" } as const;
    const queue = stage.world.exportDeadLetters;
    queue.send(JSON.stringify(task), 0, { ...failure, attempts: 5 });
    await stage.recordAll(queue);
    expect(stage.letter(`export-${feedId}`)).toMatchObject({ state: "open", code: "aws-unavailable", kind: "export" });
    stage.world.clock.advance(1);
    await stage.export(rebuild(feedId));
    expect(stage.letter(`export-${feedId}`)).toMatchObject({ state: "resolved" });
  });
});

/** Of a calendar that nobody has imported yet. */
async function unread(): Promise<{ readonly stage: Stage; readonly feedId: string }> {
  const stage = new Stage();
  return { stage, ...(await stage.feedOf((await stage.plant()).calendarId)) };
}

function next(stage: Stage, feedId: string): ReturnType<Stage["build"]> {
  const build = stage.build(feedId);
  return { ...build, revision: build.revision + 1 };
}

describe("a subscriber", () => {
  it("gets the feed's bytes, and 304 for the ETag", async () => {
    const { stage, feedId, token } = await published();
    const answer = await serveFeed(`${token}.ics`, { method: "GET" }, stage.ports, stage.world.clock.now());
    expect({ status: answer.status, body: Buffer.from(answer.body ?? []).toString() }).toEqual({
      status: 200,
      body: stage.ics(feedId),
    });
    stage.settle();
    const again = await serveFeed(
      token,
      { method: "GET", ifNoneMatch: answer.headers["etag"] },
      stage.ports,
      stage.world.clock.now(),
    );
    expect({ status: again.status, body: again.body }).toEqual({ status: 304, body: undefined });
    expect(stage.calls).toEqual(["links.linkAndBuild"]);
  });

  it("with an unknown, a revoked or a mistyped link gets one and the same answer", async () => {
    const { stage, feedId, token } = await published();
    const unknown = await serveFeed(`${feedId}.${"x".repeat(32)}`, { method: "GET" }, stage.ports, stage.world.clock.now());
    const elsewhere = await serveFeed(token.replace(feedId, "nobody"), { method: "GET" }, stage.ports, stage.world.clock.now());
    const mistyped = await serveFeed("no token", { method: "GET" }, stage.ports, stage.world.clock.now());
    for (const [key, link] of stage.world.feeds.links) stage.world.feeds.links.set(key, { ...link, state: "revoked" });
    const revoked = await serveFeed(token, { method: "GET" }, stage.ports, stage.world.clock.now());
    expect(unknown.status).toBe(404);
    for (const answer of [elsewhere, mistyped, revoked]) expect(answer).toEqual(unknown);
  });

  it("of a feed too large for one answer is sent to an address that works for five minutes", async () => {
    const { stage, feedId, token } = await published();
    stage.world.feeds.builds.set(feedId, { ...stage.build(feedId), bytes: 5_000_001, gzipBytes: 5_000_001 });
    const answer = await serveFeed(token, { method: "GET" }, stage.ports, stage.world.clock.now());
    expect({ status: answer.status, location: answer.headers["location"] }).toEqual({
      status: 302,
      location: `https://objects.example/${stage.build(feedId).objectKey}?seconds=300`,
    });
  });
});
