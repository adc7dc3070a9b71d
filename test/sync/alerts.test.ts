import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { DeadDelivery } from "../../lib/core/letters.ts";
import { moved } from "../../lib/core/letters.ts";
import { recordLetter } from "../../lib/sync/record-letter.ts";
import type { RecordPorts } from "../../lib/sync/record-letter.ts";
import { tendAlerts } from "../../lib/sync/tend-alerts.ts";
import type { TendPorts } from "../../lib/sync/tend-alerts.ts";
import { MemoryAlerts, MemoryChannel } from "./memory-alerts.ts";
import { MemoryLetters } from "./memory-feeds.ts";

const BEGAN_MS = Date.parse("2026-05-06T01:00:00.000Z");

/** The alert function and the tick over one set of records; minutes pass as a test says. */
class Desk {
  readonly alerts = new MemoryAlerts();
  readonly letters = new MemoryLetters();
  readonly topic = new MemoryChannel("topic");
  readonly webhook = new MemoryChannel("webhook");
  readonly successes = { lastSuccessAt: async (): Promise<undefined> => undefined };
  readonly runs = { endWaiting: async (): Promise<void> => undefined };
  readonly channels = [this.topic, this.webhook];
  readonly told: unknown[] = [];
  readonly changes = { publish: async (message: unknown): Promise<void> => void this.told.push(message) };
  minute = 0;
  private messages = 0;

  /** The desk's ports, of which a test may change one. */
  ports(): RecordPorts & TendPorts & { readonly letters: MemoryLetters } {
    const { alerts, changes, channels, letters, runs, successes } = this;
    return { alerts, changes, channels, letters, runs, successes };
  }

  readonly now = (): Date => new Date(BEGAN_MS + this.minute * 60_000);

  /** A turn of the calendar gave up. */
  async fail(calendarId: string, code = "source-timeout", host = "h.example"): Promise<void> {
    this.messages += 1;
    await recordLetter(deliveryOf(`m${this.messages}`, calendarId, code, host, this.now()), this, this.now());
  }

  async tick(minutes = 1): Promise<void> {
    for (let passed = 0; passed < minutes; passed += 1) {
      this.minute += 1;
      await tendAlerts(this, { now: this.now, deadline: new Date(this.now().getTime() + 10_000) });
    }
  }

  /** Every calendar succeeds again. */
  async mend(): Promise<void> {
    for (const letter of this.letters.stored.values()) {
      if (letter.state === "open")
        await this.letters.put(moved(letter, "resolved", { at: this.now().toISOString(), who: "worker", why: "" }));
    }
  }
}

function deliveryOf(messageId: string, calendarId: string, code: string, host: string, now: Date): DeadDelivery {
  const at = now.toISOString();
  const task = { version: 1, kind: "import", taskId: `${calendarId}@1`, calendarId, turn: 1, startAt: at, reason: "tick" };
  return {
    messageId,
    body: JSON.stringify(task),
    queue: "import-dlq",
    sentAt: at,
    code,
    reason: `host ${host}: ${code}`,
    host,
    attempts: 5,
  };
}

const CODES = ["source-dns", "source-connect", "source-timeout", "source-server-error"] as const;

describe("an outage of one host", () => {
  it("with many calendars makes three notifications: opened, escalated with its count, recovered", async () => {
    const desk = new Desk();
    for (let calendar = 0; calendar < 1500; calendar += 1) {
      await desk.fail(`c${calendar}`, CODES[calendar % CODES.length]);
      if (calendar % 60 === 59) await desk.tick();
    }
    await desk.tick(300);
    await desk.mend();
    await desk.tick(30);
    expect(desk.topic.subjects()).toEqual([
      "Calferry: source-dns at h.example",
      "Calferry: still failing: source-dns at h.example, 300 letters",
      "Calferry: recovered: source-dns at h.example",
    ]);
    expect(desk.topic.messages[1]?.text).toContain("calferry dlq replay --kind import --host h.example\n");
    expect(desk.webhook.messages).toEqual(desk.topic.messages);
    expect(desk.alerts.stored.size).toBe(0);
  });

  it("never makes more than three, recovers exactly once, and leaves nothing behind, however its letters come", async () => {
    const arrivals = fc.array(
      fc.record({ wait: fc.integer({ min: 0, max: 240 }), calendar: fc.nat({ max: 30 }), code: fc.constantFrom(...CODES) }),
      { minLength: 1, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(arrivals, async (letters) => {
        const desk = new Desk();
        for (const { wait, calendar, code } of letters) {
          for (let passed = 0; passed < wait; passed += 10) await desk.tick(1).then(() => void (desk.minute += 9));
          await desk.fail(`c${calendar}`, code);
        }
        await desk.tick(30);
        await desk.mend();
        await desk.tick(30);
        const subjects = desk.topic.subjects();
        expect(subjects.length).toBeLessThanOrEqual(3);
        expect(subjects.filter((subject) => subject.includes("recovered"))).toHaveLength(1);
        expect(subjects.at(-1)).toContain("recovered");
        expect(desk.webhook.subjects()).toEqual(subjects);
        expect(desk.alerts.stored.size).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it("does not hide a new class of failure: that is told at once", async () => {
    const desk = new Desk();
    for (let calendar = 0; calendar < 40; calendar += 1) await desk.fail(`c${calendar}`);
    await desk.tick(10);
    await desk.fail("c40", "source-not-found");
    expect(desk.topic.subjects().at(-1)).toBe("Calferry: source-not-found at h.example");
    await desk.fail("c1", "not-icalendar", "other.example");
    expect(desk.topic.subjects().at(-1)).toBe("Calferry: not-icalendar at other.example");
  });

  it("whatever new class, at whatever moment, is told within a minute", async () => {
    const events = fc.array(fc.constantFrom("source-timeout", "source-gone", "source-forbidden", "not-icalendar", "tick"), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(events, async (happenings) => {
        const desk = new Desk();
        const classes = new Set<string>();
        for (const [index, happening] of happenings.entries()) {
          if (happening === "tick") await desk.tick();
          else await desk.fail(`c${index}`, happening);
          if (happening !== "tick") classes.add(happening);
        }
        await desk.tick();
        const told = desk.topic.messages.map(({ subject, text }) => `${subject}\n${text}`).join("\n");
        for (const code of classes) expect(told).toContain(`${code} at h.example`);
      }),
      { numRuns: 60 },
    );
  });

  it("that brings the same letter at each turn is not told again", async () => {
    const desk = new Desk();
    for (let turn = 0; turn < 50; turn += 1) {
      await desk.fail("one");
      await desk.tick(30);
    }
    expect(desk.topic.subjects()).toEqual(["Calferry: source-timeout at h.example"]);
    expect(desk.letters.stored.get("import-one")).toMatchObject({ count: 50 });
  });
});

describe("an outage of our own, seen at every host", () => {
  it("is told for the first hosts at once, and for all others in one message a minute", async () => {
    const desk = new Desk();
    for (let host = 0; host < 200; host += 1) await desk.fail(`c${host}`, "source-dns", `h${host}.example`);
    expect(desk.topic.messages).toHaveLength(5);
    await desk.tick();
    expect(desk.topic.messages).toHaveLength(6);
    expect(desk.topic.subjects().at(-1)).toMatch(/^Calferry: 195 alerts, first source-dns at h\d+\.example$/u);
    await desk.mend();
    await desk.tick(30);
    expect(desk.topic.messages).toHaveLength(7);
    expect(desk.topic.subjects().at(-1)).toMatch(/^Calferry: 200 alerts, first recovered: /u);
    expect(desk.alerts.stored.size).toBe(0);
  });
});

describe("while a channel is down", () => {
  it("the other one is told once, and the first hears when it is back", async () => {
    const desk = new Desk();
    desk.webhook.isDown = true;
    await desk.fail("one");
    await desk.tick(20);
    expect(desk.topic.messages).toHaveLength(1);
    expect(desk.alerts.stored.get("import|transient|h.example")?.failures["webhook"]?.reason).toContain("gave no answer");
    desk.webhook.isDown = false;
    await desk.tick(60);
    expect(desk.webhook.subjects()).toEqual(["Calferry: source-timeout at h.example"]);
    expect(desk.topic.messages).toHaveLength(1);
  });

  it("an alert that begins and ends is told of all the same", async () => {
    const desk = new Desk();
    for (const channel of desk.channels) channel.isDown = true;
    await desk.fail("one");
    await desk.mend();
    await desk.tick(40);
    for (const channel of desk.channels) channel.isDown = false;
    await desk.tick(60);
    expect(desk.topic.subjects()).toEqual(["Calferry: recovered: source-timeout at h.example"]);
    expect(desk.alerts.stored.size).toBe(0);
  });

  it("nothing is never told, whenever which channel is down", async () => {
    const script = fc.array(fc.record({ down: fc.nat({ max: 3 }), fails: fc.boolean(), mends: fc.boolean() }), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(script, async (steps) => {
        const desk = new Desk();
        let failures = 0;
        for (const { down, fails, mends } of steps) {
          desk.topic.isDown = (down & 1) !== 0;
          desk.webhook.isDown = (down & 2) !== 0;
          if (fails) await desk.fail(`c${(failures += 1)}`);
          if (mends) await desk.mend();
          await desk.tick(4);
        }
        desk.topic.isDown = false;
        desk.webhook.isDown = false;
        await desk.mend();
        await desk.tick(75);
        for (const channel of desk.channels) {
          const recovered = channel.subjects().at(-1)?.includes("recovered") ?? false;
          expect(recovered).toBe(failures > 0);
          // No two of the same in a row: nobody was told twice.
          expect(new Set(channel.messages.map(({ text }) => text)).size).toBe(channel.messages.length);
        }
        expect(desk.alerts.stored.size).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});

describe("who dies while telling", () => {
  it("leaves the notice to the tick after its claim ends", async () => {
    const desk = new Desk();
    const dying = {
      ...desk.ports(),
      channels: [{ name: "topic", tell: async (): Promise<void> => await new Promise(() => undefined) }],
    };
    void recordLetter(deliveryOf("m1", "one", "source-gone", "h.example", desk.now()), dying, desk.now());
    await new Promise(setImmediate);
    expect(desk.alerts.stored.get("import|source-gone|h.example")).toMatchObject({ told: {}, claimedUntil: expect.any(String) });
    await desk.tick(1);
    expect(desk.topic.subjects()).toEqual(["Calferry: source-gone at h.example"]);
  });

  it("before the letter is marked has it raised by the next delivery, as one more", async () => {
    const desk = new Desk();
    const delivery = deliveryOf("m1", "one", "source-gone", "h.example", desk.now());
    let puts = 0;
    const letters = {
      get: async (letterId: string) => await desk.letters.get(letterId),
      put: async (letter: Parameters<MemoryLetters["put"]>[0]) => {
        puts += 1;
        if (puts === 2) throw new Error("crash");
        return await desk.letters.put(letter);
      },
    };
    await expect(recordLetter(delivery, { ...desk.ports(), letters }, desk.now())).rejects.toThrow("crash");
    expect(await recordLetter(delivery, { ...desk.ports(), letters }, desk.now())).toBe("opened");
    expect(await recordLetter(delivery, { ...desk.ports(), letters }, desk.now())).toBe("doubled");
    expect(desk.topic.messages).toHaveLength(1);
  });
});

it("a tick without alerts costs one read", async () => {
  const desk = new Desk();
  const reads: string[] = [];
  const alerts = new Proxy(desk.alerts, {
    get: (target, key) => {
      reads.push(String(key));
      return Reflect.get(target, key).bind(target);
    },
  });
  const report = await tendAlerts({ ...desk.ports(), alerts }, { now: desk.now, deadline: new Date(BEGAN_MS + 10_000) });
  expect(report).toEqual({ groups: 0, told: 0, untold: {} });
  expect(reads).toEqual(["groups"]);
});

it("a letter that a person acknowledged keeps the alert from its end, and from being told as lasting", async () => {
  const desk = new Desk();
  await desk.fail("one");
  await desk.fail("two");
  for (const letter of desk.letters.stored.values()) {
    await desk.letters.put(moved(letter, "acknowledged", { at: desk.now().toISOString(), who: "me", why: "known" }));
  }
  await desk.tick(200);
  expect(desk.topic.messages).toHaveLength(1);
  expect(desk.alerts.stored.size).toBe(1);
});
