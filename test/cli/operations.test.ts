import { describe, expect, test } from "vitest";

import { calendarOf, checkpointOf } from "../aws/records.ts";
import { createMemoryTerminal } from "./memory-terminal.ts";
import type { Calendar } from "../../lib/contract/calendar.ts";
import type { MemoryTerminal } from "./memory-terminal.ts";

function states(terminal: MemoryTerminal): Record<string, boolean> {
  return Object.fromEntries([...terminal.operations.switches.values()].map(({ name, isOn }) => [name, isOn]));
}

describe("everything", () => {
  test("is paused and resumed: schedules and imports, not the dead letters", async () => {
    const terminal = createMemoryTerminal();
    await terminal.run("pause-all");
    expect(states(terminal)).toEqual({ tick: false, import: false, urgent: false, "import dlq": true });
    await terminal.run("resume-all");
    expect(states(terminal)).toEqual({ tick: true, import: true, urgent: true, "import dlq": true });
    expect(terminal.operations.pause).toBeUndefined();
  });

  test("that an operator had disabled on purpose stays disabled", async () => {
    const terminal = createMemoryTerminal();
    terminal.operations.switches.set("u2", { kind: "event-source", id: "u2", name: "urgent", isOn: false });
    await terminal.run("pause-all");
    // A second pause sees everything off, and forgets nothing.
    await terminal.run("pause-all");
    const { out } = await terminal.run("resume-all");
    expect(out).toContain("event source of the urgent queue: was off before, stays so");
    expect(states(terminal)).toMatchObject({ tick: true, import: true, urgent: false });
  });

  test("that was not paused is not resumed", async () => {
    const terminal = createMemoryTerminal();
    terminal.operations.switches.set("tick", { kind: "schedule", id: "tick", name: "tick", isOn: false });
    expect((await terminal.run("resume-all")).out).toContain("nothing was paused");
    expect(states(terminal)["tick"]).toBe(false);
  });

  test("dead letters alone are left in SQS, and recorded again", async () => {
    const terminal = createMemoryTerminal();
    await terminal.run("dlq", "pause");
    expect(states(terminal)).toEqual({ tick: true, import: true, urgent: true, "import dlq": false });
    await terminal.run("dlq", "resume");
    expect(states(terminal)["import dlq"]).toBe(true);
  });
});

describe("a calendar", () => {
  function withCalendars(): MemoryTerminal {
    const terminal = createMemoryTerminal();
    for (const [calendarId, host] of [
      ["a", "h.example"],
      ["b", "h.example"],
      ["c", "other.example"],
    ] as const) {
      terminal.calendars.set(calendarId, calendarOf(calendarId));
      terminal.checkpoints.set(calendarId, checkpointOf(calendarId, { host }));
    }
    return terminal;
  }
  const stateOf = (terminal: MemoryTerminal): string =>
    [...terminal.calendars.values()].map(({ calendarId, state }) => `${calendarId} ${state}`).join(", ");

  test("is paused off the wheel, and resumed at its own place on it", async () => {
    const terminal = withCalendars();
    await terminal.run("calendar", "pause", "a");
    expect(terminal.calendars.get("a")).toMatchObject({ state: "paused", pausedBy: "calendar" });
    expect(terminal.checkpoints.get("a")?.wheel).toBeUndefined();
    await terminal.run("calendar", "resume", "a");
    expect(terminal.calendars.get("a")?.state).toBe("active");
    expect(terminal.calendars.get("a")).not.toHaveProperty("pausedBy");
    expect(terminal.checkpoints.get("a")?.wheel).toMatch(/^60#\d+#\d$/u);
  });

  test("paused by itself stays so when its host is paused and resumed", async () => {
    const terminal = withCalendars();
    await terminal.run("calendar", "pause", "a");
    expect((await terminal.run("calendar", "pause", "--host", "h.example")).out).toBe("paused b\nleft a as they were\n");
    expect(stateOf(terminal)).toBe("a paused, b paused, c active");
    await terminal.run("calendar", "resume", "--host", "h.example");
    expect(stateOf(terminal)).toBe("a paused, b active, c active");
  });

  test("added to a paused host begins paused, and goes on with the others", async () => {
    const terminal = withCalendars();
    await terminal.run("calendar", "pause", "--host", "h.example");
    await terminal.run("calendar", "add", "https://h.example/new.ics", "--name", "new", "--wait");
    const added = (): Calendar | undefined => [...terminal.calendars.values()].find(({ name }) => name === "new");
    expect(added()).toMatchObject({ state: "paused", pausedBy: "host" });
    await terminal.run("calendar", "resume", "--host", "h.example");
    expect(added()?.state).toBe("active");
    await terminal.run("calendar", "add", "https://h.example/late.ics", "--name", "late");
    expect([...terminal.calendars.values()].find(({ name }) => name === "late")?.state).toBe("active");
  });

  test("added to a paused owner begins paused, and goes on with the others", async () => {
    const terminal = withCalendars();
    await terminal.run("calendar", "pause", "--owner", "default");
    await terminal.run("calendar", "add", "https://h.example/new.ics", "--name", "new");
    const added = (): Calendar | undefined => [...terminal.calendars.values()].find(({ name }) => name === "new");
    expect(added()).toMatchObject({ state: "paused", pausedBy: "owner" });
    await terminal.run("calendar", "resume", "--owner", "default");
    expect(added()?.state).toBe("active");
    expect(terminal.owners.size).toBe(0);
  });

  test("of a suspended owner goes on with its owner alone", async () => {
    const terminal = withCalendars();
    await terminal.run("owner", "suspend", "owner");
    const refused = await terminal.run("calendar", "resume", "--owner", "owner");
    expect(refused).toMatchObject({ status: 1 });
    expect(refused.errors).toContain("calferry owner resume owner");
    expect(terminal.owners.get("owner")?.state).toBe("suspended");
    await terminal.run("owner", "resume", "owner");
    expect(stateOf(terminal)).toContain("a active");
  });

  test("of an owner is paused with all of theirs; a suspended one is brought back by its id alone", async () => {
    const terminal = withCalendars();
    terminal.calendars.set("c", calendarOf("c", { state: "suspended" }));
    await terminal.run("calendar", "pause", "--owner", "owner");
    expect(stateOf(terminal)).toBe("a paused, b paused, c suspended");
    await terminal.run("calendar", "resume", "--owner", "owner");
    expect(stateOf(terminal)).toBe("a active, b active, c suspended");
    await terminal.run("calendar", "resume", "c");
    expect(stateOf(terminal)).toBe("a active, b active, c active");
  });

  test("is named in one way, and known", async () => {
    const terminal = withCalendars();
    expect((await terminal.run("calendar", "pause")).errors).toContain("usage-wrong");
    expect((await terminal.run("calendar", "pause", "a", "--host", "h")).errors).toContain("usage-wrong");
    expect((await terminal.run("calendar", "pause", "nope")).errors).toContain("calendar-unknown");
  });
});

describe("the doctor", () => {
  function healthy(): MemoryTerminal {
    const terminal = createMemoryTerminal();
    // The memory's cursor covers the last minute once there is a calendar.
    terminal.checkpoints.set("c", checkpointOf("c"));
    return terminal;
  }

  test("finds nothing wrong with a deployment that is well", async () => {
    const { out, status } = await healthy().run("doctor");
    expect(status).toBe(0);
    for (const line of out.trimEnd().split("\n")) expect(line).toMatch(/^ok {4}/u);
    expect(out).toContain("clock: 0.0 s");
  });

  test.each<[string, (terminal: MemoryTerminal) => void, RegExp]>([
    [
      "a disabled tick",
      ({ operations }) => operations.switches.set("tick", { kind: "schedule", id: "tick", name: "tick", isOn: false }),
      /WRONG schedules: tick-disabled: schedule tick is disabled by hand, wanted enabled; enable it/u,
    ],
    [
      "a disabled event source",
      ({ operations }) => operations.switches.set("u1", { kind: "event-source", id: "u1", name: "import", isOn: false }),
      /WRONG import sources: event-source-disabled: .*import queue.*; calferry resume-all/u,
    ],
    [
      "a tick that never came",
      ({ checkpoints }) => checkpoints.clear(),
      /WRONG tick: tick-late: last minute covered never, wanted one a minute/u,
    ],
    [
      "an e-mail that nobody confirmed",
      ({ operations }) => (operations.subscriptions = { confirmed: 1, pending: 1 }),
      /WRONG alerts: email-unconfirmed: 1 subscriptions/u,
    ],
    [
      "alerts that nobody hears",
      ({ operations }) => (operations.subscriptions = { confirmed: 0, pending: 0 }),
      /WRONG alerts: alerts-unheard: .*webhook not set/u,
    ],
    [
      "tasks in a dead letter queue",
      ({ depths }) => depths.push({ queue: "urgent dlq", waiting: 2, inFlight: 1, delayed: 0 }),
      /WRONG dead letter queues: dead-letters-waiting: 3 messages lie in the urgent dlq, .*; calferry dlq resume, or: calferry dlq redrive/u,
    ],
    [
      "events that never reached fan-out",
      ({ depths }) => depths.push({ queue: "lost events", waiting: 1, inFlight: 0, delayed: 0 }),
      /WRONG dead letter queues: dead-letters-waiting: 1 messages lie in the lost events, .*; calferry dlq resume$/mu,
    ],
    ["a clock that is off", ({ operations }) => (operations.skewMs = -9000), /WRONG clock: clock-skewed: 9\.0 s ahead of AWS/u],
    [
      "a missing grant",
      ({ operations }) => {
        const message = "User: arn:aws:iam::1:user/ann is not authorized to perform: sns:ListSubscriptionsByTopic on resource: x";
        operations.refusal = Object.assign(new Error(message), { name: "AuthorizationErrorException" });
      },
      /WRONG alerts: grant-missing: AWS refuses sns:ListSubscriptionsByTopic/u,
    ],
  ])("finds %s, says what to do and ends with status 1", async (_name, hurt, line) => {
    const terminal = healthy();
    hurt(terminal);
    const { out, status } = await terminal.run("doctor");
    expect(out).toMatch(line);
    expect(status).toBe(1);
    expect(out.split("\n").filter((each) => each.startsWith("WRONG"))).toHaveLength(1);
  });

  test("takes open letters, and silence on one machine, for a note", async () => {
    const terminal = healthy();
    terminal.operations.subscriptions = { confirmed: 0, pending: 0 };
    const { out, status } = await terminal.run("doctor", "--local");
    expect(out).toMatch(/note {2}alerts: alerts-unheard/u);
    expect(status).toBe(0);
  });
});
