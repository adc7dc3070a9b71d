import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { AlertTable } from "../../lib/aws/alert-table.ts";
import { LetterShelves } from "../../lib/aws/letter-shelves.ts";
import { LetterTable } from "../../lib/aws/letter-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import { arrivalOf, joined, nextRevision } from "../../lib/core/alert-groups.ts";
import { recordLetter } from "../../lib/sync/record-letter.ts";
import { tendAlerts } from "../../lib/sync/tend-alerts.ts";
import { MemoryChannel } from "../sync/memory-alerts.ts";
import { startTable } from "./engines.ts";
import type { TableEngine } from "./engines.ts";
import { letterOf } from "./records.ts";

let engine: TableEngine;
let table: RecordTable;
let alerts: AlertTable;
beforeAll(async () => {
  engine = await startTable();
  table = new RecordTable("records", engine.settings);
  alerts = new AlertTable(table);
});
afterAll(async () => engine.stop());

const AT = "2026-02-01T00:00:02.000Z";
const arrival = arrivalOf(letterOf("import-one"));

describe("alerts in the table", () => {
  test("are read back as they were written, and listed until they are removed", async () => {
    const group = { ...nextRevision(undefined, joined(undefined, arrival, AT)), told: { topic: 1 } };
    expect(await alerts.group(group.group)).toBeUndefined();
    expect(await alerts.put(group)).toBe(true);
    expect(await alerts.group(group.group)).toEqual(JSON.parse(JSON.stringify(group)));
    expect(await alerts.groups()).toEqual([JSON.parse(JSON.stringify(group))]);
    await alerts.remove(group);
    expect(await alerts.groups()).toEqual([]);
  });

  test("are written and removed by one of two who read the same", async () => {
    const first = nextRevision(undefined, joined(undefined, arrival, AT));
    expect(await alerts.put(first)).toBe(true);
    expect(await alerts.put(first)).toBe(false);
    const second = nextRevision(first, joined(first, arrival, AT));
    expect(await alerts.put(second)).toBe(true);
    expect(await alerts.put(nextRevision(first, joined(first, arrival, AT)))).toBe(false);
    await alerts.remove(first);
    expect((await alerts.group(first.group))?.count).toBe(2);
    await alerts.remove(second);
  });

  test("are not among the fingerprints by which letters are listed", async () => {
    const first = nextRevision(undefined, joined(undefined, arrival, AT));
    await alerts.put(first);
    expect((await new LetterTable(table).list("open", { limit: 10, cursor: undefined })).items).toEqual([]);
    await alerts.remove(first);
  });
});

test("letters that are left of an alert are found on the shelves of its fingerprints", async () => {
  const [letters, shelves] = [new LetterTable(table), new LetterShelves(table)];
  const fingerprint = "import|source-gone|left.example";
  const letter = letterOf("import-left", { fingerprint });
  expect(await shelves.standing([fingerprint])).toBe("none");
  await letters.put(letter);
  expect(await shelves.standing(["import|source-gone|else.example"])).toBe("none");
  expect(await shelves.standing(["import|source-gone|else.example", fingerprint])).toBe("open");
  await letters.put({ ...letter, revision: 2, state: "acknowledged" });
  expect(await shelves.standing([fingerprint])).toBe("acknowledged");
  await letters.put({ ...letter, revision: 3, state: "replaying" });
  expect(await shelves.standing([fingerprint])).toBe("open");
  await letters.put({ ...letter, revision: 4, state: "resolved" });
  expect(await shelves.standing([fingerprint])).toBe("none");
});

test("forty workers that give up at the same moment are one alert that counts them all, told once", async () => {
  const topic = new MemoryChannel("topic");
  const letters = new LetterTable(table);
  const ports = {
    alerts,
    letters,
    channels: [topic],
    successes: { lastSuccessAt: async () => undefined },
    runs: { endWaiting: async () => undefined },
    changes: { publish: async () => undefined },
  };
  const now = new Date(AT);
  const ids = Array.from({ length: 40 }, (_, index) => `crowd${index}`);
  const record = async (calendarId: string): Promise<unknown> => {
    const task = { version: 1, kind: "import", taskId: `${calendarId}@1`, calendarId, turn: 1, startAt: AT, reason: "tick" };
    const facts = { code: "source-timeout", reason: "no answer", host: "crowd.example", attempts: 5 };
    const delivery = { messageId: `m-${calendarId}`, body: JSON.stringify(task), queue: "import-dlq", sentAt: AT, ...facts };
    // What fails by a lost race comes back, as SQS would bring it.
    return await recordLetter(delivery, ports, now).catch(async () => await record(calendarId));
  };
  for (let at = 0; at < ids.length; at += 8) await Promise.all(ids.slice(at, at + 8).map(record));
  expect(topic.subjects()).toEqual(["Calferry: source-timeout at crowd.example"]);
  const group = await alerts.group("import|transient|crowd.example");
  expect(group?.count).toBeGreaterThanOrEqual(40);
  expect(group).toMatchObject({ told: { topic: 1 }, failures: {} });
  const later = new Date(now.getTime() + 6 * 60_000);
  const report = await tendAlerts(
    { alerts, channels: [topic], letters: new LetterShelves(table) },
    { now: () => later, deadline: new Date(later.getTime() + 1) },
  );
  expect(report).toEqual({ groups: 1, told: 1, untold: {} });
  expect(topic.subjects()[1]).toMatch(/still failing: source-timeout at crowd\.example, 4\d letters/u);
});
