/** Very many calendars with an open letter each, as the alert function would have stored them. */
import { calendarKey, checkpointKey } from "../../lib/aws/calendar-items.ts";
import type { Item, Key } from "../../lib/aws/expressions.ts";
import type { RecordTable } from "../../lib/aws/record-table.ts";
import { calendarOf, checkpointOf, letterOf } from "../aws/records.ts";

export const LETTERS = 10_000;
const HOSTS = 20;
/** Quick enough that no task has to be waited for. */
const STARTS_PER_SECOND = 1000;
const BATCHES_AT_ONCE = 8;

export function letterIds(): readonly string[] {
  return Array.from({ length: LETTERS }, (_, index) => `import-c${index}`);
}

export async function storeLetters(table: RecordTable): Promise<void> {
  const items: (Key & Item)[] = [];
  for (let host = 0; host < HOSTS; host += 1) {
    const fingerprint = `import|source-timeout|host${host}.example`;
    items.push({ pk: "ALERTS", sk: fingerprint, fingerprint });
    items.push({
      pk: "HOSTS",
      sk: `host${host}.example`,
      version: 1,
      host: `host${host}.example`,
      startsPerSecond: STARTS_PER_SECOND,
    });
  }
  for (let index = 0; index < LETTERS; index += 1) items.push(...itemsOf(index));
  const size = Math.ceil(items.length / BATCHES_AT_ONCE);
  const parts = Array.from({ length: BATCHES_AT_ONCE }, (_, part) => items.slice(part * size, (part + 1) * size));
  await Promise.all(parts.map(async (part) => await table.putAll(part)));
}

function itemsOf(index: number): (Key & Item)[] {
  const calendarId = `c${index}`;
  const host = `host${index % HOSTS}.example`;
  const startAt = "2026-02-01T00:00:00.000Z";
  const body = JSON.stringify({
    version: 1,
    kind: "import",
    taskId: `${calendarId}@9`,
    calendarId,
    turn: 9,
    startAt,
    reason: "tick",
  });
  const letter = letterOf(`import-${calendarId}`, {
    calendarId,
    host,
    code: "source-timeout",
    fingerprint: `import|source-timeout|${host}`,
    body,
  });
  return [
    { ...calendarKey(calendarId), ...calendarOf(calendarId) },
    { ...checkpointKey(calendarId), ...checkpointOf(calendarId, { host }) },
    { pk: `LETTER#${letter.letterId}`, sk: "META", ...letter, letterShelf: `open#${letter.fingerprint}` },
  ];
}
