import { describe, expect, test } from "vitest";

import { RepeatCall, RepeatDraft } from "../../lib/contract/repeat.ts";
import { FanOutEvent } from "../../lib/contract/task.ts";
import { Refusal, ServiceUnavailable } from "../../lib/core/failure.ts";
import { createRepeat, listRepeats, removeRepeat, takeRepeat } from "../../lib/sync/repeat-download.ts";
import type { RepeatPorts } from "../../lib/sync/repeat-download.ts";
import type { RequestPorts } from "../../lib/sync/request-download.ts";
import { daily, snapshotOf } from "./download-calendar.ts";
import { DownloadStage, MemoryRepeats } from "./memory-downloads.ts";

const MONDAYS = RepeatDraft.parse({
  calendarId: "cal1",
  format: "csv",
  days: 7,
  zone: "Asia/Seoul",
  every: { cron: "0 7 * * 1", zone: "Asia/Seoul" },
});

function start(): { stage: DownloadStage; repeats: MemoryRepeats; ports: RepeatPorts & RequestPorts } {
  const stage = new DownloadStage();
  stage.snapshot = snapshotOf([daily("a", 365)]);
  const repeats = new MemoryRepeats();
  return { stage, repeats, ports: { ...stage.requestPorts(), repeats, repeatSchedules: repeats } };
}

/** As fan-out reads it. */
function callOf(repeatId: string, dueAt: string): RepeatCall {
  const event = FanOutEvent.parse({ repeatId, ownerId: "ann", dueAt });
  return RepeatCall.parse(event);
}

describe("a repeat of a download", () => {
  test("asks each Monday for the seven days from then on, and twice for the same where Scheduler calls twice", async () => {
    const { stage, ports, repeats } = start();
    const { repeatId, nextAt } = await createRepeat(MONDAYS, ports, stage);
    expect(nextAt).toBe("2026-05-10T22:00:00.000Z");
    expect([...repeats.standing]).toEqual([`ann.${repeatId}`]);
    for (const week of [0, 1]) {
      stage.nowMs = Date.parse("2026-05-10T22:00:05.000Z") + week * 7 * 86_400_000;
      const call = callOf(repeatId, stage.now().toISOString());
      expect(await takeRepeat(call, ports, stage)).toBe("requested");
      expect(await takeRepeat(call, ports, stage)).toBe("shared");
    }
    await stage.work();
    const made = [...stage.book.records.values()];
    expect(made.map(({ from, to, state, rows }) => [from, to, state, rows])).toEqual([
      ["2026-05-10T15:00:00.000Z", "2026-05-17T15:00:00.000Z", "ready", 7],
      ["2026-05-17T15:00:00.000Z", "2026-05-24T15:00:00.000Z", "ready", 7],
    ]);
    expect(made.every((download) => download.repeatId === repeatId)).toBe(true);
  });

  test("a call that comes before its record is there leaves it with a schedule; of one broken off before that nothing stays", async () => {
    const { stage, repeats, ports } = start();
    const put = repeats.put.bind(repeats);
    repeats.put = async (repeat) => {
      expect(await takeRepeat(callOf(repeat.repeatId, "2026-05-10T22:00:00Z"), ports, stage)).toBe("gone");
      await put(repeat);
    };
    const { repeatId } = await createRepeat(MONDAYS, ports, stage);
    expect([...repeats.standing]).toEqual([`ann.${repeatId}`]);
    await removeRepeat(repeatId, ports);
    repeats.put = async (repeat) => {
      repeats.put = put;
      throw new ServiceUnavailable(`nobody wrote ${repeat.repeatId}`);
    };
    await expect(createRepeat(MONDAYS, ports, stage)).rejects.toThrow("nobody wrote");
    const [lost = "none"] = repeats.standing;
    expect(await takeRepeat(callOf(lost.replace("ann.", ""), "2026-05-10T22:00:00Z"), ports, stage)).toBe("gone");
    expect(repeats.stored.size + repeats.standing.size).toBe(0);
  });

  test("one that was ended, or whose calendar is gone, drops its schedule and asks for nothing", async () => {
    const { stage, ports, repeats } = start();
    const [one, other] = [await createRepeat(MONDAYS, ports, stage), await createRepeat(MONDAYS, ports, stage)];
    await removeRepeat(one.repeatId, ports);
    expect((await listRepeats("ann", { limit: 9, cursor: undefined }, repeats, stage.now())).items).toMatchObject([
      { repeatId: other.repeatId },
    ]);
    expect(await takeRepeat(callOf(one.repeatId, "2026-05-10T22:00:00Z"), ports, stage)).toBe("gone");
    const gone = { ...ports, calendars: { load: async () => undefined } };
    expect(await takeRepeat(callOf(other.repeatId, "2026-05-10T22:00:00Z"), gone, stage)).toBe("gone");
    expect(repeats.stored.size + repeats.standing.size + stage.book.records.size).toBe(0);
  });

  test("of another owner's calendar, at no time or too often is refused and nothing stands", async () => {
    const { stage, ports, repeats } = start();
    const codeOf = async (draft: object, callerId?: string): Promise<string> =>
      await createRepeat({ ...MONDAYS, ...draft }, ports, { now: stage.now, newId: stage.newId, callerId }).then(
        () => "none",
        (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
      );
    expect(await codeOf({}, "bob")).toBe("calendar-unknown");
    expect(await codeOf({ every: { cron: "* * * * *", zone: "UTC" } })).toBe("schedule-invalid");
    expect(await codeOf({ every: { cron: "0 0 31 2 *", zone: "UTC" } })).toBe("schedule-invalid");
    expect(await codeOf({ zone: "Mars/Olympus" })).toBe("window-invalid");
    expect(repeats.stored.size + repeats.standing.size).toBe(0);
    expect(await codeOf({}, "ann")).toBe("none");
  });

  test.each([
    [true, { feedId: "f", format: "ics", every: { cron: "0 7 * * 1" } }],
    [false, { feedId: "f", format: "csv", every: { cron: "0 7 * * 1" } }],
    [false, { feedId: "f", format: "csv", days: 7, every: { cron: "0 7 * * 1", zone: "+09:00" } }],
    [false, { feedId: "f", format: "csv", from: "2026-05-01", to: "2026-06-01", every: { cron: "0 7 * * 1" } }],
  ])("taken: %s, %j", (isTaken, draft) => {
    expect(RepeatDraft.safeParse(draft).success).toBe(isTaken);
  });
});
