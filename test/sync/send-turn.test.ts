import { describe, expect, test } from "vitest";

import type { Calendar, CalendarState } from "../../lib/contract/calendar.ts";
import type { Host } from "../../lib/contract/host.ts";
import type { Reservation } from "../../lib/contract/reservation.ts";
import type { Run } from "../../lib/contract/run.ts";
import type { ImportTask, OwnTurn } from "../../lib/contract/task.ts";
import { sendTurn } from "../../lib/sync/send-turn.ts";
import type { SendTurnPorts } from "../../lib/sync/send-turn.ts";
import { calendarOf, checkpointOf } from "../aws/records.ts";

const NOW = new Date("2026-05-01T00:00:00.000Z");
const TURN: OwnTurn = { calendarId: "one", taskId: "reserved", reason: "reservation" };

type Seen = {
  readonly sent: [ImportTask, number][];
  readonly booked: Reservation[];
  readonly ended: [string, number][];
  readonly runs: Run[];
};

function portsOf(host: Host, state: CalendarState = "active", losses = 0): SendTurnPorts & Seen {
  const seen: Seen = { sent: [], booked: [], ended: [], runs: [] };
  const calendar: Calendar = calendarOf("one", { state });
  let left = losses;
  return {
    ...seen,
    calendars: {
      load: async (calendarId) => ({ calendar, checkpoint: checkpointOf(calendarId), hold: undefined }),
      putRun: async (run) => void seen.runs.push(run),
    },
    hosts: {
      host: async () => host,
      reserve: async (read, nextStartAtMs) => {
        left -= 1;
        return left >= 0 ? undefined : { ...read, nextStartAtMs };
      },
    },
    urgent: { sendUrgent: async (task, delaySeconds = 0) => void seen.sent.push([task, delaySeconds]) },
    reservations: {
      book: async (reservation) => void seen.booked.push(reservation),
      end: async (taskId, bookings) => void seen.ended.push([taskId, bookings]),
    },
  };
}

describe("a calendar's own turn", () => {
  test("starts at the host's next free start, also where others reserved first", async () => {
    const ports = portsOf({ version: 1, host: "h", nextStartAtMs: NOW.getTime() + 90_000 }, "active", 2);
    expect(await sendTurn(TURN, ports, NOW)).toBe("sent");
    const startAt = "2026-05-01T00:01:30.000Z";
    expect(ports.sent).toEqual([[{ version: 1, kind: "import", ...TURN, startAt }, 90]]);
    expect(ports.ended).toEqual([]);
  });

  test("waits on a schedule of its own where the host is booked for longer than SQS can wait", async () => {
    const ports = portsOf({ version: 1, host: "h", nextStartAtMs: NOW.getTime() + 3_600_000 });
    expect(await sendTurn(TURN, ports, NOW)).toBe("booked");
    expect(ports.sent).toEqual([]);
    const startAt = "2026-05-01T01:00:00.000Z";
    const dueAt = "2026-05-01T00:58:00.000Z";
    expect(ports.booked).toEqual([{ version: 1, ...TURN, ownerId: "owner", dueAt, startAt, bookings: 1 }]);
  });

  test("that was put off takes the start that was reserved for it, and its record goes", async () => {
    const ports = portsOf({ version: 1, host: "h", nextStartAtMs: NOW.getTime() + 5_000_000 });
    const turn = { ...TURN, startAt: "2026-05-01T00:01:40.000Z", bookings: 2, replayOf: "letter" };
    expect(await sendTurn(turn, ports, NOW)).toBe("sent");
    expect(ports.sent).toEqual([[{ version: 1, kind: "import", ...turn }, 100]]);
    expect(ports.ended).toEqual([["reserved", 2]]);
  });

  test.each([
    ["long over", "2026-04-30T23:00:00.000Z", undefined, 0],
    ["within the host's cooldown", "2026-05-01T00:00:10.000Z", "2026-05-01T00:05:00.000Z", 300],
  ])("whose reserved start is %s takes another one", async (_what, startAt, cooldownUntil, delay) => {
    const ports = portsOf({ version: 1, host: "h", cooldownUntil });
    expect(await sendTurn({ ...TURN, startAt, bookings: 1 }, ports, NOW)).toBe("sent");
    expect(ports.sent.map(([, seconds]) => seconds)).toEqual([delay]);
  });

  test("is not sent for a paused calendar, and whoever asked for it can read so", async () => {
    const ports = portsOf({ version: 1, host: "h" }, "paused");
    expect(await sendTurn({ ...TURN, bookings: 1 }, ports, NOW)).toBe("paused");
    expect(ports.sent).toEqual([]);
    expect(ports.runs).toMatchObject([{ taskId: "reserved", status: "skipped", detail: expect.stringContaining("paused") }]);
    expect(ports.ended).toEqual([["reserved", 1]]);
  });

  test("of a suspended calendar is sent where a person asked for it", async () => {
    const ports = portsOf({ version: 1, host: "h" }, "suspended");
    expect(await sendTurn(TURN, ports, NOW)).toBe("paused");
    expect(await sendTurn({ ...TURN, reason: "sync-now" }, ports, NOW)).toBe("sent");
  });

  test("of a calendar that was removed goes nowhere", async () => {
    const ports = portsOf({ version: 1, host: "h" }, "removed");
    expect(await sendTurn({ ...TURN, bookings: 1 }, ports, NOW)).toBe("gone");
    expect([ports.sent, ports.booked, ports.ended]).toEqual([[], [], [["reserved", 1]]]);
  });
});
