/** The first run: registers the sample calendars and two feeds made of them, each once, through the API. */
import * as z from "zod";

import type { Machine } from "./machine.ts";

const CALENDARS = {
  "team.ics": "Product team",
  "holidays.ics": "Public holidays, Korea",
  "shifts.ko.ics": "병동 근무표",
} as const;
const FEEDS = { Everything: "full", "Busy times only": "busy" } as const;

const CalendarMade = z.object({ calendarId: z.string() });
const FeedMade = z.object({ feedId: z.string(), link: z.object({ url: z.string() }) });

export interface SampleFeed {
  readonly name: string;
  /** A secret. */
  readonly url: string;
}

/** What was registered before, at this or an earlier start, is not registered again. */
export async function registerSamples(machine: Machine): Promise<readonly SampleFeed[]> {
  const { state, save } = machine.kept;
  for (const [file, name] of Object.entries(CALENDARS)) {
    if (state.sampleCalendars[file] !== undefined) continue;
    const source = { kind: "url", url: `${machine.samplesUrl}/${file}` };
    state.sampleCalendars[file] = CalendarMade.parse(await post(machine, "/v1/calendars", { name, source })).calendarId;
    save();
  }
  for (const [name, mask] of Object.entries(FEEDS)) {
    if (state.sampleFeeds[name] !== undefined) continue;
    const members = Object.values(state.sampleCalendars).map((calendarId) => ({ calendarId, mask }));
    const { feedId, link } = FeedMade.parse(await post(machine, "/v1/feeds", { name, members }));
    // The API shows the link this once; it is kept without the address, for the port may change.
    state.sampleFeeds[name] = { feedId, path: new URL(link.url).pathname };
    save();
  }
  return Object.entries(state.sampleFeeds).map(([name, { path }]) => ({ name, url: `${machine.url}${path}` }));
}

async function post(machine: Machine, path: string, body: object): Promise<unknown> {
  const response = await fetch(new URL(path, machine.url), {
    method: "POST",
    headers: { authorization: `Bearer ${machine.adminKey}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (response.ok) return response.json();
  throw new Error(`the API answered ${response.status} to POST ${path}, expected 201: ${await response.text()}`);
}
