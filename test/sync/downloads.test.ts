import { describe, expect, test } from "vitest";

import { DownloadRequest } from "../../lib/contract/download.ts";
import { partKey } from "../../lib/core/downloads.ts";
import { ServiceUnavailable } from "../../lib/core/failure.ts";
import { letterIdOf, letterOf, replayTask } from "../../lib/core/letters.ts";
import { endDownload } from "../../lib/sync/end-download.ts";
import { cancelDownload, downloadUrl, listDownloads, showDownload } from "../../lib/sync/fetch-download.ts";
import { makeDownload } from "../../lib/sync/make-download.ts";
import { requestDownload } from "../../lib/sync/request-download.ts";
import { daily, snapshotOf } from "./download-calendar.ts";
import { MAY, refusalOf, request, stageOf } from "./download-requests.ts";
import type { MemoryDownloadObjects } from "./memory-downloads.ts";

/** Three rows or so a part. */
const SMALL = { rows: 3, characters: 300 };
const DAY_MS = 86_400_000;

describe("download shared", () => {
  test("identical requests while one is open or ready are one build", async () => {
    const stage = stageOf();
    const [first, second] = [await request(stage), await request(stage)];
    await stage.work(SMALL);
    const third = await request(stage);
    expect([first.shared, second.shared, third.shared]).toEqual([false, true, true]);
    expect(new Set([first, second, third].map(({ download }) => download.downloadId)).size).toBe(1);
    expect(stage.sent).toEqual([]);
    expect(stage.book.records.size).toBe(1);
    expect(new Set(stage.objects.writes.values())).toEqual(new Set([1]));
  });

  test("requests at the same instant are one build, and the loser leaves nothing behind", async () => {
    const stage = stageOf();
    const all = await Promise.all(Array.from({ length: 4 }, async () => await request(stage)));
    expect(all.filter(({ shared }) => !shared)).toHaveLength(1);
    expect(new Set(all.map(({ download }) => download.downloadId)).size).toBe(1);
    expect(stage.book.records.size).toBe(1);
    // What the losers had sent for later finds nothing.
    stage.sent.push(...stage.delayed);
    await stage.work(SMALL);
    expect(stage.told.filter(({ kind }) => kind === "download.finished")).toHaveLength(1);
  });

  test("a new version of the calendar, another window or format is another build", async () => {
    const stage = stageOf();
    await request(stage);
    expect((await request(stage, { ...MAY, format: "json" })).shared).toBe(false);
    expect((await request(stage, { ...MAY, to: "2026-05-31" })).shared).toBe(false);
    stage.snapshot = { ...snapshotOf([daily("b", 3)]), calendarVersion: 2 };
    expect((await request(stage)).shared).toBe(false);
  });

  test("one that failed, was cancelled or is about to expire is not shared", async () => {
    const stage = stageOf();
    const { download } = await request(stage);
    await cancelDownload(download.downloadId, stage.book, stage.now());
    const again = await request(stage);
    expect(again.shared).toBe(false);
    await stage.work();
    stage.nowMs += 7 * DAY_MS - 60_000;
    expect((await request(stage)).shared).toBe(false);
  });

  test("a crash after the request was written and before its task was sent costs a minute", async () => {
    const stage = stageOf();
    const ports = stage.requestPorts();
    const dying = { ...ports.downloads };
    dying.sendDownloads = async (tasks, delay) => {
      if (delay === 0) throw new ServiceUnavailable("the process is gone");
      await ports.downloads.sendDownloads(tasks, delay);
    };
    await expect(requestDownload(DownloadRequest.parse(MAY), { ...ports, downloads: dying }, stage)).rejects.toThrow("gone");
    stage.sent.push(...stage.delayed);
    await stage.work();
    expect([...stage.book.records.values()].map(({ state }) => state)).toEqual(["ready"]);
  });
});

describe("part killed and only it re-run with equal bytes", () => {
  test("a part whose worker dies is made again, the others are not, and the file is the same", async () => {
    const whole = stageOf();
    const expected = await request(whole);
    await whole.work();

    const stage = stageOf();
    const { download } = await request(stage);
    const { downloadId } = download;
    const [plan] = stage.sent.splice(0);
    if (plan === undefined) throw new Error("no plan");
    expect(await makeDownload(plan, stage.makePorts(), stage.context(SMALL))).toEqual({ kind: "done", status: "planned" });
    const tasks = stage.sent.splice(0);
    expect(tasks.length).toBeGreaterThan(5);
    const victim = tasks[3];
    if (victim === undefined) throw new Error("no fourth part");
    const dying = stage.makePorts();
    const killed = {
      ...dying,
      downloadBook: Object.assign(Object.create(stage.book), {
        putPart: async () => await Promise.reject(new ServiceUnavailable("killed")),
      }),
    };
    await expect(makeDownload(victim, killed, stage.context(SMALL))).rejects.toThrow("killed");
    for (const task of tasks) if (task !== victim) await makeDownload(task, stage.makePorts(), stage.context(SMALL));
    expect((await showDownload(downloadId, stage.book, stage.now())).state).toBe("running");
    const before = new Map(stage.objects.writes);
    const first = stage.objects.stored.get(partKey(downloadId, victim.part));
    // The subject moves on meanwhile; what was asked for does not.
    stage.snapshot = { ...snapshotOf([]), calendarVersion: 2 };
    expect(await makeDownload(victim, stage.makePorts(), stage.context(SMALL))).toEqual({ kind: "done", status: "joined" });
    const rewritten = [...stage.objects.writes].filter(([key, count]) => key.includes("/parts/") && count !== before.get(key));
    expect(rewritten.map(([key]) => key)).toEqual([partKey(downloadId, victim.part)]);
    expect(stage.objects.stored.get(partKey(downloadId, victim.part))).toEqual(first);
    expect(stage.objects.file(downloadId).equals(whole.objects.file(expected.download.downloadId))).toBe(true);
    expect(stage.objects.file(downloadId).toString().split("\r\n")).toHaveLength(33);
  });

  test("a worker that dies between the last part and the join joins when its task comes back", async () => {
    const stage = stageOf();
    const { download } = await request(stage);
    const ports = stage.makePorts();
    const dying = {
      ...ports,
      downloadObjects: Object.assign(Object.create(stage.objects), {
        putFile: async () => await Promise.reject(new Error("killed")),
      }),
    };
    const [plan] = stage.sent;
    if (plan === undefined) throw new Error("no plan");
    await expect(makeDownload(plan, dying, stage.context())).rejects.toThrow("killed");
    expect(await makeDownload(plan, ports, stage.context())).toEqual({ kind: "done", status: "joined" });
    expect(stage.objects.writes.get(partKey(download.downloadId, 1))).toBe(1);
  });

  test("tasks that come twice, in any order, end it once", async () => {
    const stage = stageOf();
    const { download } = await request(stage);
    stage.sent.push(...stage.delayed, ...stage.sent);
    let turn = 0;
    const doubled: number[] = [];
    while (stage.sent.length > 0) {
      const at = (turn += 7) % stage.sent.length;
      const [task] = stage.sent.splice(at, 1);
      if (task === undefined) continue;
      if (!doubled.includes(task.part)) stage.sent.push(task);
      doubled.push(task.part);
      await Promise.all([task, task].map(async (one) => await makeDownload(one, stage.makePorts(), stage.context(SMALL))));
    }
    // Two that end it in the same millisecond cannot tell whose end it is, and say the same.
    expect(new Set(stage.told.map((message) => JSON.stringify(message))).size).toBe(1);
    expect(stage.told[0]).toMatchObject({
      kind: "download.finished",
      downloadId: download.downloadId,
      calendarId: "cal1",
      eventCount: 31,
    });
  });

  test("a crash between the end and its message tells it when the task comes back", async () => {
    const stage = stageOf();
    await request(stage);
    const silent = {
      ...stage.makePorts(),
      changes: { publish: async () => await Promise.reject(new ServiceUnavailable("topic")) },
    };
    const [plan] = stage.sent;
    if (plan === undefined) throw new Error("no plan");
    await expect(makeDownload(plan, silent, stage.context())).rejects.toThrow("topic");
    expect(await makeDownload(plan, stage.makePorts(), stage.context())).toEqual({ kind: "done", status: "duplicate" });
    expect(await makeDownload(plan, stage.makePorts(), stage.context())).toEqual({ kind: "done", status: "duplicate" });
    expect(stage.told.map(({ kind }) => kind)).toEqual(["download.finished"]);
  });

  type Objects = MemoryDownloadObjects;
  type Late = (objects: Objects, first: () => Promise<void>) => Partial<Objects>;
  const latePlan: Late = (objects, first) => ({
    putFrame: async (key, frame): Promise<void> => {
      await first();
      await objects.putFrame(key, frame);
    },
  });
  const lateJoin: Late = (objects, first) => ({
    putFile: async (key, bytes, kind): Promise<void> => {
      await first();
      await objects.putFile(key, bytes, kind);
    },
  });

  test.each([
    ["plans", latePlan, "gone"],
    ["joins", lateJoin, "duplicate"],
  ] as const)(
    "whoever %s too late tells the end that another wrote, who died before it was told",
    async (_what, late, status) => {
      const stage = stageOf();
      await request(stage);
      const ports = stage.makePorts();
      const silent = { ...ports, changes: { publish: async () => await Promise.reject(new ServiceUnavailable("topic")) } };
      const [plan] = stage.sent;
      if (plan === undefined) throw new Error("no plan");
      const first = async (): Promise<void> => {
        await expect(makeDownload(plan, silent, stage.context())).rejects.toThrow("topic");
        stage.nowMs += 1000;
      };
      const downloadObjects = Object.assign(Object.create(stage.objects), late(stage.objects, first));
      expect(await makeDownload(plan, { ...ports, downloadObjects }, stage.context())).toEqual({ kind: "done", status });
      expect(stage.told.map(({ kind }) => kind)).toEqual(["download.finished"]);
    },
  );
});

describe("failed part becomes a letter and replay finishes the download", () => {
  test("the others go on, the record says why, the replayed part ends it", async () => {
    const stage = stageOf();
    const { download } = await request(stage);
    const { downloadId } = download;
    const [plan] = stage.sent.splice(0);
    if (plan === undefined) throw new Error("no plan");
    await makeDownload(plan, stage.makePorts(), stage.context(SMALL));
    const [victim, ...others] = stage.sent.splice(0);
    if (victim === undefined) throw new Error("no part");
    // What the worker does when it gives a task up.
    const failure = { code: "aws-unavailable", reason: "S3 answered SlowDown, wanted a result" } as const;
    const delivery = {
      messageId: "m",
      body: JSON.stringify(victim),
      queue: "dlq",
      sentAt: stage.now().toISOString(),
      ...failure,
      attempts: 5,
    };
    const letter = letterOf(delivery, undefined, stage.now().toISOString());
    stage.letters.set(letter.letterId, letter);
    await endDownload(downloadId, failure, stage.makePorts(), stage.now());
    expect(letter).toMatchObject({
      kind: "download",
      downloadId,
      letterId: letterIdOf(victim, "m"),
      fingerprint: "download|aws-unavailable|-",
    });
    expect(await showDownload(downloadId, stage.book, stage.now())).toMatchObject({ state: "failed", code: "aws-unavailable" });
    for (const task of others) await makeDownload(task, stage.makePorts(), stage.context(SMALL));
    expect((await showDownload(downloadId, stage.book, stage.now())).state).toBe("failed");

    stage.nowMs += 60_000;
    const replay = replayTask(letter, "replayed", stage.now().toISOString());
    if (replay?.kind !== "download") throw new Error("no task of a download");
    expect(await makeDownload(replay, stage.makePorts(), stage.context(SMALL))).toEqual({ kind: "done", status: "joined" });
    const view = await showDownload(downloadId, stage.book, stage.now());
    expect(view).toMatchObject({ state: "ready", percent: 100, rows: 31 });
    expect(view.code).toBeUndefined();
    expect(stage.letters.get(letter.letterId)?.state).toBe("resolved");
    expect(stage.told.map(({ kind }) => kind)).toEqual(["download.failed", "download.finished"]);
  });

  test("a plan that failed is replayed whole", async () => {
    const stage = stageOf();
    const { download } = await request(stage);
    await endDownload(download.downloadId, { code: "worker-crashed", reason: "r" }, stage.makePorts(), stage.now());
    stage.sent.splice(0);
    stage.sent.push({
      version: 1,
      kind: "download",
      taskId: "t",
      downloadId: download.downloadId,
      part: 0,
      reason: "replay",
      replayOf: "l",
    });
    await stage.work(SMALL);
    expect((await showDownload(download.downloadId, stage.book, stage.now())).state).toBe("ready");
  });
});

describe("a download that is over", () => {
  test("expired: its file is fetched until then and not after", async () => {
    const stage = stageOf();
    const { download } = await request(stage);
    const url = async (): Promise<string> =>
      await downloadUrl(download.downloadId, { downloadBook: stage.book, signed: stage.objects }, stage.now());
    expect(await refusalOf(url)).toBe("download-not-ready");
    await stage.work();
    expect(await url()).toBe(`https://objects.example.org/downloads/${download.downloadId}/file.csv?for=300`);
    stage.nowMs += 7 * DAY_MS;
    expect(await refusalOf(url)).toBe("download-expired");
    expect((await showDownload(download.downloadId, stage.book, stage.now())).state).toBe("expired");
    expect((await request(stage)).shared).toBe(false);
  });

  test("cancelled: no further part is made, nothing is told, and it cannot be cancelled twice", async () => {
    const stage = stageOf();
    const { download } = await request(stage);
    const [plan] = stage.sent.splice(0);
    if (plan === undefined) throw new Error("no plan");
    await makeDownload(plan, stage.makePorts(), stage.context(SMALL));
    const view = await cancelDownload(download.downloadId, stage.book, stage.now());
    expect(view).toMatchObject({ state: "cancelled", partsDone: 0 });
    await stage.work(SMALL);
    expect([...stage.objects.stored.keys()].filter((key) => key.includes("/parts/"))).toEqual([]);
    expect(stage.told).toEqual([]);
    expect(await refusalOf(async () => await cancelDownload(download.downloadId, stage.book, stage.now()))).toBe(
      "download-ended",
    );
    expect(await refusalOf(async () => await cancelDownload("nobody", stage.book, stage.now()))).toBe("download-unknown");
  });

  test("a calendar that was removed meanwhile fails it, told and without a letter", async () => {
    const stage = stageOf();
    const { download } = await request(stage);
    const ports = stage.makePorts();
    const gone = { ...ports, subjects: { ...ports.subjects, calendar: async () => undefined } };
    const [plan] = stage.sent;
    if (plan === undefined) throw new Error("no plan");
    expect(await makeDownload(plan, gone, stage.context())).toEqual({ kind: "done", status: "failed" });
    expect(await showDownload(download.downloadId, stage.book, stage.now())).toMatchObject({
      state: "failed",
      code: "calendar-unknown",
    });
    expect(stage.told).toMatchObject([{ kind: "download.failed", code: "calendar-unknown" }]);
  });

  test("one that is larger than a file may be says so, and none of it is missing in silence", async () => {
    const stage = stageOf([["UID:s", "DTSTART:20260101T000000Z", "RRULE:FREQ=SECONDLY", "SUMMARY:tick"]]);
    const { download } = await request(stage);
    await stage.work();
    const view = await showDownload(download.downloadId, stage.book, stage.now());
    expect(view).toMatchObject({ state: "failed", code: "download-too-large" });
    expect(view.reason).toContain("wanted at most");
  });
});

test("an owner's downloads are listed with how far they are, the newest first", async () => {
  const stage = stageOf();
  await request(stage);
  const { download } = await request(stage, { ...MAY, format: "json" });
  const page = await listDownloads("ann", { limit: 1, cursor: undefined }, stage.book, stage.now());
  expect(page.items).toMatchObject([
    { downloadId: download.downloadId, state: "queued", fileName: "팀 회의 2026-05-01 2026-06-01.json" },
  ]);
  expect(page.cursor).toBe("1");
});
