/** `npm run test:reservation`: on one machine a reservation is made, moved, cancelled; another is fired by the machine's own Scheduler and done. */
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";

import * as z from "zod";

import { OneMachine } from "../smoke/one-machine.ts";

const View = z.object({ reservationId: z.string(), at: z.string(), state: z.string(), outcome: z.string().optional() });
const List = z.object({ items: z.array(View) });
const ICS = [
  "BEGIN:VCALENDAR",
  "VERSION:2.0",
  "PRODID:-//reservation test//EN",
  "BEGIN:VEVENT",
  "UID:reserved",
  "DTSTAMP:20260506T010000Z",
  "DTSTART:20260506T010000Z",
  "SUMMARY:Reserved",
  "END:VEVENT",
  "END:VCALENDAR",
  "",
].join("\r\n");
const HOUR_MS = 3_600_000;
/** A reservation is a minute away at least. */
const SOON_MS = 63_000;
const PATIENCE_MS = 60_000;

let [passed, failed] = [0, 0];
function check(what: string, isSo: boolean, seen: unknown): void {
  if (isSo) passed += 1;
  else failed += 1;
  console.log(`${isSo ? "ok  " : "FAIL"}  ${what}${isSo ? "" : `: ${JSON.stringify(seen)}`}`);
}

let asked = 0;
const source = createServer((_request, response) => {
  asked += 1;
  response.setHeader("content-type", "text/calendar").end(ICS);
});
await new Promise<void>((listening) => {
  source.listen(0, "127.0.0.1", listening);
});
const address = source.address();
const port = typeof address === "object" && address !== null ? address.port : 0;
const one = await OneMachine.fresh();
try {
  const calendarId = await one.addCalendar(`http://127.0.0.1:${port}/reserved.ics`);
  const ask = async (method: string, path: string, body?: unknown): Promise<z.infer<typeof View>> =>
    View.parse(await one.ask(method, `/v1/reservations${path}`, body));
  const make = async (fromNowMs: number): Promise<z.infer<typeof View>> =>
    await ask("POST", "", { kind: "sync", calendarId, at: instant(fromNowMs) });

  const made = await make(HOUR_MS);
  check("made, it waits", made.state === "waiting", made);
  const at = instant(2 * HOUR_MS);
  const moved = await ask("PATCH", `/${made.reservationId}`, { at });
  check("moved, it waits for its new time", moved.state === "waiting" && Date.parse(moved.at) === Date.parse(at), moved);
  const listed = List.parse(await one.ask("GET", "/v1/reservations"));
  check("it is listed", listed.items.map(({ reservationId }) => reservationId).join() === made.reservationId, listed);
  const cancelled = await ask("DELETE", `/${made.reservationId}`);
  check("cancelled, it says so", cancelled.state === "cancelled", cancelled);

  const fired = await make(SOON_MS);
  check("before its time nobody asked the source", asked === 0, asked);
  const done = await doneWithin(SOON_MS + PATIENCE_MS, async () => await ask("GET", `/${fired.reservationId}`));
  check("at its time it is fired, and done with the run's outcome", done.state === "done" && done.outcome === "imported", done);
  check("the source was asked once", asked === 1, asked);
  const { eventCount } = await one.calendar(calendarId);
  check("the calendar has its event", eventCount === 1, eventCount);
} finally {
  await one.stop();
  source.close();
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;

async function doneWithin(ms: number, look: () => Promise<z.infer<typeof View>>): Promise<z.infer<typeof View>> {
  const end = performance.now() + ms;
  for (;;) {
    const seen = await look();
    if (seen.state === "done" || performance.now() > end) return seen;
    await pause(500);
  }
}

/** UTC, whole seconds. */
function instant(fromNowMs: number): string {
  return `${new Date(Date.now() + fromNowMs).toISOString().slice(0, 19)}Z`;
}
