/** The start page of one machine: feeds, calendars, their state, and how to subscribe; plain HTML that needs no script. */
import { listOf, objectOf, textOf } from "./json.ts";
import type { JsonObject } from "./json.ts";

export interface StartPage {
  /** As the API lists them. */
  readonly calendars: readonly JsonObject[];
  readonly feeds: readonly JsonObject[];
  /** Secret URL of each feed whose link the machine made itself. */
  readonly links: ReadonlyMap<string, string>;
  readonly now: Date;
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2733;--dim:#5b6b7b;--line:#d8e0e8;--card:#fff;--page:#f3f6f9;--sea:#0b6e8f;--good:#1f7a4d;--bad:#b3382c}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9aabbb;--line:#2c3946;--card:#18222c;--page:#0f161d;--sea:#5cc2e0;--good:#5fcf97;--bad:#ff8d80}}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,"Apple SD Gothic Neo","Malgun Gothic","Noto Sans KR",sans-serif}
main{max-width:52rem;margin:0 auto;padding:2.5rem 1rem 4rem}h1{margin:0;font-size:2rem}h1+p{color:var(--dim);margin:.2rem 0 2rem}
h2{font-size:1.1rem;margin:2rem 0 .6rem}section,.card{background:var(--card);border:1px solid var(--line);border-radius:.8rem;padding:1rem 1.2rem;margin:0 0 .8rem}
h3{margin:0 0 .2rem;font-size:1.05rem}small,.dim{color:var(--dim)}a{color:var(--sea)}code,pre{font:.85rem/1.5 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere;white-space:pre-wrap}
pre{background:var(--page);border-radius:.5rem;padding:.7rem .9rem;margin:.4rem 0}.open{display:inline-block;background:var(--sea);color:var(--card);border-radius:.5rem;padding:.35rem .9rem;text-decoration:none;margin:.5rem 0}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.45rem .8rem .45rem 0;border-top:1px solid var(--line);vertical-align:top}thead th{border:0;color:var(--dim);font-weight:500}
.good{color:var(--good)}.bad{color:var(--bad)}summary{cursor:pointer}`;

export function renderStartPage(page: StartPage): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Calferry on this machine</title><style>${STYLE}</style></head><body><main>
<h1>Calferry</h1><p>ferries calendars on this machine. Seen at ${escape(page.now.toISOString().slice(0, 16).replace("T", " "))} UTC; load again for news.</p>
<h2>Feeds to subscribe to</h2>
${page.feeds.map((feed) => feedCard(feed, page)).join("\n") || `<section class="dim">No feed yet.</section>`}
<h2>Calendars that are imported</h2>
<section>${calendarTable(page.calendars)}</section>
<h2>Add your own</h2>
<section><p>Any ICS address (https, http, webcal) will do:</p>
<pre>npm run calferry -- calendar add https://example.com/mine.ics --local
npm run calferry -- feed create --name Mine CALENDAR --local</pre>
<p class="dim">Google, Outlook.com and other services fetch from their own servers and cannot reach this machine; deploy Calferry for those. Apps on this computer (Apple Calendar, Thunderbird, Outlook) can subscribe now.</p></section>
</main></body></html>
`;
}

function feedCard(feed: JsonObject, page: StartPage): string {
  const url = page.links.get(textOf(feed["feedId"]));
  const { build } = feed;
  const { eventCount, publishedAt } = objectOf(build);
  const members = listOf(feed["members"]).map(objectOf);
  const state =
    build === undefined
      ? `<span class="bad">not built yet</span>`
      : `<span class="good">${escape(textOf(eventCount))} events</span> · published ${escape(instant(textOf(publishedAt)))}`;
  return `<section><h3>${escape(textOf(feed["name"]))}</h3><small>${state} · ${members.length} calendars</small>${url === undefined ? `<p class="dim">Its link was shown when it was created.</p>` : subscribe(url)}</section>`;
}

function subscribe(url: string): string {
  const webcal = url.replace(/^https?:/u, "webcal:");
  return `<br><a class="open" href="${escape(webcal)}">Subscribe</a> <a href="${escape(url)}">look at the file</a>
<details><summary>How to subscribe by hand</summary><pre>${escape(url)}</pre>
<p><b>Apple Calendar</b>: File, New Calendar Subscription, paste the address.<br><b>Outlook</b>: Add calendar, Subscribe from web.<br><b>Thunderbird</b>: New Calendar, On the Network.<br><b>Google Calendar</b>: Other calendars, From URL; needs an address on the internet, so deploy first.</p>
<pre>curl -i '${escape(url)}'</pre></details>`;
}

function calendarTable(calendars: readonly JsonObject[]): string {
  if (calendars.length === 0) {
    return `<span class="dim">No calendar yet.</span>`;
  }
  const rows = calendars.map((calendar) => {
    const outcome = objectOf(calendar["outcome"]);
    const good = outcome["status"] === "imported" || outcome["status"] === "unchanged";
    const said = textOf(outcome["code"]) || textOf(outcome["status"]) || "waits for its first import";
    return `<tr><td>${escape(textOf(calendar["name"]))}<br><small>${escape(textOf(objectOf(calendar["source"])["url"]) || "written through the API")}</small></td>
<td>${escape(textOf(calendar["eventCount"]))}</td><td><span class="${good ? "good" : "bad"}">${escape(said)}</span><br><small>${escape(instant(textOf(outcome["at"])))}</small></td><td>${escape(instant(textOf(calendar["nextTurnAt"])))}</td></tr>`;
  });
  return `<table><thead><tr><th>Calendar</th><th>Events</th><th>Last import</th><th>Next</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** Minutes are enough for people. */
function instant(iso: string): string {
  return iso === "" ? "" : `${iso.slice(0, 16).replace("T", " ")} UTC`;
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (character) => `&#${character.codePointAt(0) ?? 0};`);
}
