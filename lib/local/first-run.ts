/** The first run: registers the sample calendars and two feeds made of them, each once, through the API. */
import { objectOf, parseJson, textOf } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { Machine } from "./machine.ts";

const CALENDARS = [
  { name: "Product team", file: "team.ics" },
  { name: "Public holidays, Korea", file: "holidays.ics" },
  { name: "병동 근무표", file: "shifts.ko.ics" },
] as const;

const FEEDS = [
  { name: "Everything", mask: "full" },
  { name: "Busy times only", mask: "busy" },
] as const;

export interface SampleFeed {
  readonly name: string;
  /** A secret. */
  readonly url: string;
}

/** What was registered before, at this or an earlier start, is not registered again. */
export async function registerSamples(machine: Machine): Promise<readonly SampleFeed[]> {
  const calendarIds: string[] = [];
  for (const { name, file } of CALENDARS) {
    const source = { kind: "url", url: `${machine.samplesUrl}/${file}` };
    const kept = machine.records.get("sample", file) ?? (await post(machine, "/v1/calendars", { name, source }));
    machine.records.put("sample", file, { calendarId: textOf(kept["calendarId"]) });
    calendarIds.push(textOf(kept["calendarId"]));
  }
  const feeds: SampleFeed[] = [];
  for (const { name, mask } of FEEDS) {
    const members = calendarIds.map((calendarId) => ({ calendarId, mask }));
    const kept = machine.records.get("sample", name) ?? (await createFeed(machine, name, members));
    machine.records.put("sample", name, kept);
    feeds.push({ name, url: `${machine.url}${textOf(kept["path"])}` });
  }
  return feeds;
}

/** Keeps the link, which the API shows this once, for the start page; without the address, for the port may change. */
async function createFeed(machine: Machine, name: string, members: readonly JsonObject[]): Promise<JsonObject> {
  const created = await post(machine, "/v1/feeds", { name, members });
  const link = { feedId: textOf(created["feedId"]), path: new URL(textOf(objectOf(created["link"])["url"])).pathname };
  machine.records.put("link", link.feedId, link);
  return link;
}

async function post(machine: Machine, path: string, body: JsonObject): Promise<JsonObject> {
  const response = await fetch(new URL(path, machine.url), {
    method: "POST",
    headers: { authorization: `Bearer ${machine.adminKey}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = objectOf(parseJson(await response.text()));
  if (!response.ok) {
    const said = [answer["code"], answer["detail"]].map(textOf).join(": ");
    throw new Error(`the API answered ${response.status} to POST ${path}, expected 201: ${said}`);
  }
  return answer;
}
