import { expect, test } from "vitest";

import { renderStartPage } from "../../lib/local/start-page.ts";

const NOW = new Date("2026-11-20T09:00:00Z");

test("the start page shows feeds with their links and calendars with their state, every text escaped", () => {
  const html = renderStartPage({
    calendars: [
      {
        name: "<b>근무표</b>",
        source: { url: "https://a.example/…" },
        eventCount: 3,
        outcome: { status: "imported" },
        nextTurnAt: "",
      },
      {
        name: "Broken",
        source: { url: "written through the API" },
        eventCount: 0,
        outcome: { status: "failed", code: "source-not-found" },
        nextTurnAt: "",
      },
    ],
    feeds: [
      { feedId: "f1", name: 'A "feed" & more', members: [{}], build: { eventCount: 3, publishedAt: "2026-11-20T08:00:00Z" } },
    ],
    links: new Map([["f1", "http://127.0.0.1:4680/f/f1.secret.ics"]]),
    now: NOW,
  });
  expect(html).toContain("&#60;b&#62;근무표&#60;/b&#62;");
  expect(html).not.toContain("<b>근무표");
  expect(html).toContain("A &#34;feed&#34; &#38; more");
  expect(html).toContain('href="webcal://127.0.0.1:4680/f/f1.secret.ics"');
  expect(html).toContain("source-not-found");
  expect(html).not.toContain("<script");
});

test("an empty machine says so and how to go on", () => {
  const html = renderStartPage({ calendars: [], feeds: [], links: new Map(), now: NOW });
  expect(html).toContain("No feed yet.");
  expect(html).toContain("calendar add");
});
