import { describe, expect, test } from "vitest";

import type { CalendarState } from "../../lib/contract/calendar.ts";
import type { Host } from "../../lib/contract/host.ts";
import type { ImportTask } from "../../lib/contract/task.ts";
import { sendTurn } from "../../lib/sync/send-turn.ts";
import type { SendTurnPorts } from "../../lib/sync/send-turn.ts";
import { calendarOf, checkpointOf } from "../aws/records.ts";

const NOW = new Date("2026-05-01T00:00:00.000Z");
const TURN = { calendarId: "one", taskId: "reserved", reason: "reservation" } as const;

function portsOf(
  host: Host,
  state: CalendarState = "active",
  losses = 0,
): SendTurnPorts & { readonly sent: [ImportTask, number][] } {
  const sent: [ImportTask, number][] = [];
  let left = losses;
  return {
    sent,
    calendars: {
      load: async (calendarId) => ({
        calendar: calendarOf(calendarId, { state }),
        checkpoint: checkpointOf(calendarId),
        hold: undefined,
      }),
    },
    hosts: {
      host: async () => host,
      reserve: async (read, nextStartAtMs) => {
        left -= 1;
        return left >= 0 ? undefined : { ...read, nextStartAtMs };
      },
    },
    urgent: { sendUrgent: async (task, delaySeconds) => void sent.push([task, delaySeconds]) },
  };
}

describe("a calendar's own turn", () => {
  test("starts at the host's next free start, also where others reserved first", async () => {
    const ports = portsOf({ version: 1, host: "h", nextStartAtMs: NOW.getTime() + 90_000 }, "active", 2);
    expect(await sendTurn(TURN, ports, NOW)).toBe("sent");
    const startAt = "2026-05-01T00:01:30.000Z";
    expect(ports.sent).toEqual([[{ version: 1, kind: "import", ...TURN, startAt }, 90]]);
  });

  test("is not sent for a paused calendar, nor where the host is booked for more than SQS can wait", async () => {
    const paused = portsOf({ version: 1, host: "h" }, "paused");
    expect(await sendTurn(TURN, paused, NOW)).toBe("paused");
    const booked = portsOf({ version: 1, host: "h", cooldownUntil: "2026-05-01T00:15:01.000Z" });
    expect(await sendTurn(TURN, booked, NOW)).toBe("pace-exceeded");
    expect([...paused.sent, ...booked.sent]).toEqual([]);
  });
});
