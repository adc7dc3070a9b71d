/** The start page of one machine: feeds, calendars, their state, and how to subscribe; plain HTML that needs no script. */
import { readFileSync } from "node:fs";

import * as z from "zod";

const Calendar = z.object({
  name: z.string(),
  source: z.object({ url: z.string().default("written through the API") }),
  eventCount: z.number().default(0),
  outcome: z.object({ status: z.string(), code: z.string().optional(), at: z.string().optional() }).optional(),
  nextTurnAt: z.string().optional(),
});
const Feed = z.object({
  feedId: z.string(),
  name: z.string(),
  members: z.array(z.unknown()),
  build: z.object({ eventCount: z.number().default(0), publishedAt: z.string().optional() }).optional(),
});
/** As the API lists them. */
export const CalendarPage = z.object({ items: z.array(Calendar).default([]) });
export const FeedPage = z.object({ items: z.array(Feed).default([]) });

export interface StartPage {
  readonly calendars: z.infer<typeof CalendarPage>["items"];
  readonly feeds: z.infer<typeof FeedPage>["items"];
  /** Secret URL of each feed whose link the machine made itself. */
  readonly links: ReadonlyMap<string, string>;
  readonly now: Date;
}

export function renderStartPage({ calendars, feeds, links, now }: StartPage): string {
  const parts: Readonly<Record<string, string>> = {
    now: instant(now.toISOString()),
    feeds: feeds.map((feed) => feedCard(feed, links.get(feed.feedId))).join("") || `<section class="dim">No feed yet.</section>`,
    calendars: calendars.map(calendarRow).join("") || `<tr><td class="dim">No calendar yet.</td></tr>`,
  };
  const page = readFileSync(new URL("start-page.html", import.meta.url), "utf8");
  return page.replaceAll(/\{\{(\w+)\}\}/gu, (_all, name: string) => parts[name] ?? "");
}

function feedCard({ name, members, build }: StartPage["feeds"][number], url: string | undefined): string {
  const state =
    build === undefined ? `<span class="bad">not built yet</span>` : `<span class="good">${build.eventCount} events</span>`;
  const published = build?.publishedAt === undefined ? "" : ` · published ${instant(build.publishedAt)}`;
  const link = url === undefined ? `<p class="dim">Its link was shown when it was created.</p>` : subscribe(escape(url));
  return `<section><h3>${escape(name)}</h3>
<small>${state} · ${members.length} calendars${published}</small>${link}</section>`;
}

function subscribe(url: string): string {
  return `<div><a class="open" href="${url.replace(/^https?:/u, "webcal:")}">Subscribe</a><a href="${url}">look at the file</a></div>
<details><summary>How to subscribe by hand</summary><pre>${url}</pre>
<p><b>Apple Calendar</b>: File, New Calendar Subscription, paste the address.<br><b>Outlook</b>: Add calendar, Subscribe from web.<br>
<b>Thunderbird</b>: New Calendar, On the Network.<br><b>Google Calendar</b>: Other calendars, From URL; needs an address on the
internet, so deploy first.</p><pre>curl -i '${url}'</pre></details>`;
}

function calendarRow({ name, source, eventCount, outcome, nextTurnAt }: StartPage["calendars"][number]): string {
  const isGood = outcome === undefined || ["imported", "unchanged"].includes(outcome.status);
  const said = outcome?.code ?? outcome?.status ?? "waits for its first import";
  return `<tr><td>${escape(name)}<br><small>${escape(source.url)}</small></td><td>${eventCount}</td>
<td><span class="${isGood ? "good" : "bad"}">${escape(said)}</span><br><small>${instant(outcome?.at)}</small></td>
<td>${instant(nextTurnAt)}</td></tr>`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (character) => `&#${character.codePointAt(0) ?? 0};`);
}

/** Minutes are enough for people. */
function instant(iso = ""): string {
  return iso === "" ? "" : `${iso.slice(0, 16).replace("T", " ")} UTC`;
}
