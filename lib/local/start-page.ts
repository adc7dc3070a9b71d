/** The start page of one machine: feeds, calendars, their state, and how to subscribe; plain HTML that needs no script. */
import { html, raw } from "hono/html";
import * as z from "zod";

const Calendar = z.object({
  name: z.string(),
  source: z.object({ url: z.string().optional() }),
  eventCount: z.number().default(0),
  outcome: z.object({ status: z.string(), code: z.string().optional(), at: z.string().default("") }).optional(),
  nextTurnAt: z.string().default(""),
});
const Feed = z.object({
  feedId: z.string(),
  name: z.string(),
  members: z.array(z.unknown()),
  build: z.object({ eventCount: z.number().default(0), publishedAt: z.string().default("") }).optional(),
});
/** As the API lists them. */
export const CalendarPage = z.object({ items: z.array(Calendar).default([]) });
export const FeedPage = z.object({ items: z.array(Feed).default([]) });

export interface StartPage {
  readonly calendars: readonly z.infer<typeof Calendar>[];
  readonly feeds: readonly z.infer<typeof Feed>[];
  readonly origin: string;
  /** Secret path of each feed whose link the machine made itself. */
  readonly paths: ReadonlyMap<string, string>;
  readonly now: Date;
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2733;--dim:#5b6b7b;--line:#d8e0e8;--card:#fff;--page:#f3f6f9;--sea:#0b6e8f;--good:#1f7a4d;--bad:#b3382c}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9aabbb;--line:#2c3946;--card:#18222c;--page:#0f161d;--sea:#5cc2e0;--good:#5fcf97;--bad:#ff8d80}}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,"Apple SD Gothic Neo","Malgun Gothic","Noto Sans KR",sans-serif}
main{max-width:52rem;margin:0 auto;padding:2.5rem 1rem 4rem}h1{margin:0;font-size:2rem}h1+p{color:var(--dim);margin:.2rem 0 2rem}
h2{font-size:1.1rem;margin:2rem 0 .6rem}h3{margin:0 0 .2rem;font-size:1.05rem}small,.dim{color:var(--dim)}a{color:var(--sea)}
section{background:var(--card);border:1px solid var(--line);border-radius:.8rem;padding:1rem 1.2rem;margin:0 0 .8rem}
pre{font:.85rem/1.5 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere;white-space:pre-wrap;background:var(--page);border-radius:.5rem;padding:.7rem .9rem;margin:.4rem 0}
.open{display:inline-block;background:var(--sea);color:var(--card);border-radius:.5rem;padding:.35rem .9rem;text-decoration:none;margin:.6rem .6rem .6rem 0}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.45rem .8rem .45rem 0;border-top:1px solid var(--line);vertical-align:top}
thead th{border:0;color:var(--dim);font-weight:500}td:last-child{white-space:nowrap}.good{color:var(--good)}.bad{color:var(--bad)}summary{cursor:pointer}`;

type Html = ReturnType<typeof html>;

export function renderStartPage(page: StartPage): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <title>Calferry on this machine</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>Calferry</h1>
          <p>ferries calendars on this machine. Seen at ${instant(page.now.toISOString())}; load again for news.</p>
          <h2>Feeds to subscribe to</h2>
          ${page.feeds.length === 0 ? html`<section class="dim">No feed yet.</section>` : page.feeds.map((feed) => feedCard(feed, page))}
          <h2>Calendars that are imported</h2>
          <section>
            ${page.calendars.length === 0 ? html`<span class="dim">No calendar yet.</span>` : calendarTable(page.calendars)}
          </section>
          <h2>Add your own</h2>
          <section>
            Any ICS address (https, http, webcal) will do:
            <pre>
npm run calferry -- calendar add https://example.com/mine.ics --local
npm run calferry -- feed create --name Mine CALENDAR --local</pre>
            <span class="dim"
              >Google, Outlook.com and other services fetch from their own servers and cannot reach this machine; deploy Calferry
              for those. Apps on this computer (Apple Calendar, Thunderbird, Outlook) can subscribe now.</span
            >
          </section>
        </main>
      </body>
    </html>`;
}

function feedCard({ feedId, name, members, build }: z.infer<typeof Feed>, { origin, paths }: StartPage): Html {
  const path = paths.get(feedId);
  const state =
    build === undefined
      ? html`<span class="bad">not built yet</span>`
      : html`<span class="good">${build.eventCount} events</span> · published ${instant(build.publishedAt)}`;
  return html`<section>
    <h3>${name}</h3>
    <small>${state} · ${members.length} calendars</small>
    ${path === undefined ? html`<p class="dim">Its link was shown when it was created.</p>` : subscribe(origin + path)}
  </section>`;
}

function subscribe(url: string): Html {
  return html`<div>
      <a class="open" href="${url.replace(/^https?:/u, "webcal:")}">Subscribe</a> <a href="${url}">look at the file</a>
    </div>
    <details>
      <summary>How to subscribe by hand</summary>
      <pre>${url}</pre>
      <p>
        <b>Apple Calendar</b>: File, New Calendar Subscription, paste the address.<br /><b>Outlook</b>: Add calendar, Subscribe
        from web.<br />
        <b>Thunderbird</b>: New Calendar, On the Network.<br /><b>Google Calendar</b>: Other calendars, From URL; needs an address
        on the internet, so deploy first.
      </p>
      <pre>curl -i '${url}'</pre>
    </details>`;
}

function calendarTable(calendars: StartPage["calendars"]): Html {
  const rows = calendars.map(({ name, source, eventCount, outcome, nextTurnAt }) => {
    const good = outcome === undefined || outcome.status === "imported" || outcome.status === "unchanged";
    const said = outcome?.code ?? outcome?.status ?? "waits for its first import";
    return html`<tr>
      <td>${name}<br /><small>${source.url ?? "written through the API"}</small></td>
      <td>${eventCount}</td>
      <td><span class="${good ? "good" : "bad"}">${said}</span><br /><small>${instant(outcome?.at ?? "")}</small></td>
      <td>${instant(nextTurnAt)}</td>
    </tr>`;
  });
  return html`<table>
    <thead>
      <tr>
        <th>Calendar</th>
        <th>Events</th>
        <th>Last import</th>
        <th>Next</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

/** Minutes are enough for people. */
function instant(iso: string): string {
  return iso === "" ? "" : `${iso.slice(0, 16).replace("T", " ")} UTC`;
}
