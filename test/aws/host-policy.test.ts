import { afterAll, beforeAll, expect, test } from "vitest";

import { HostTable } from "../../lib/aws/host-table.ts";
import { RecordTable } from "../../lib/aws/record-table.ts";
import type { Blackout } from "../../lib/contract/blackout.ts";
import { setHost } from "../../lib/sync/set-host.ts";
import { startTable } from "./engines.ts";
import type { TableEngine } from "./engines.ts";

const HOST = "calendars.example";
const NIGHT: Blackout = [{ kind: "weekly", days: ["MO", "TU"], from: "22:00", to: "06:00", zone: "Europe/Berlin" }];
const NOW = new Date("2026-05-06T01:00:00Z");

let engine: TableEngine;
let hosts: HostTable;
beforeAll(async () => {
  engine = await startTable();
  hosts = new HostTable(new RecordTable("records", engine.settings), () => NOW.getTime());
});
afterAll(async () => engine.stop());

test("a host's policy is written beside its cooldown, and a worker of the same process knows it at once", async () => {
  await hosts.coolDown(HOST, "2026-05-06T02:00:00.000Z");
  expect(await hosts.blackoutOf(HOST)).toBeUndefined();
  await setHost(HOST, { startsPerSecond: 2, blackout: NIGHT }, hosts, NOW);
  expect(await hosts.blackoutOf(HOST)).toEqual(NIGHT);
  expect(await hosts.host(HOST)).toEqual({
    version: 1,
    host: HOST,
    startsPerSecond: 2,
    blackout: NIGHT,
    cooldownUntil: "2026-05-06T02:00:00.000Z",
  });
});

test("a policy without them takes pace and windows back, and the starts that were reserved behind them", async () => {
  await hosts.reserve(await hosts.host(HOST), NOW.getTime() + 3_600_000);
  await setHost(HOST, {}, hosts, NOW);
  expect(await hosts.host(HOST)).toEqual({ version: 1, host: HOST, cooldownUntil: "2026-05-06T02:00:00.000Z" });
});

test("a cooldown that a worker hears of leaves what it knows of the windows", async () => {
  await setHost(HOST, { blackout: NIGHT }, hosts, NOW);
  await hosts.coolDown(HOST, "2026-05-06T03:00:00.000Z");
  expect([await hosts.cooldownUntil(HOST), await hosts.blackoutOf(HOST)]).toEqual(["2026-05-06T03:00:00.000Z", NIGHT]);
});
