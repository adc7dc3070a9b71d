import { expect, test } from "vitest";

import { renderStartPage } from "../../lib/local/start-page.ts";

const NOW = new Date("2026-11-20T09:00:00Z");

test("the start page shows feeds with their links and calendars with their state, every text escaped", async () => {
  const html = (
    await renderStartPage({
      calendars: [
        {
          name: "<b>근무표</b>",
          source: { url: "https://a.example/…" },
          eventCount: 3,
          outcome: { status: "imported", at: "" },
          nextTurnAt: "",
        },
        {
          name: "Broken",
          source: {},
          eventCount: 0,
          outcome: { status: "failed", code: "source-not-found", at: "" },
          nextTurnAt: "",
        },
      ],
      feeds: [
        { feedId: "f1", name: 'A "feed" & more', members: [{}], build: { eventCount: 3, publishedAt: "2026-11-20T08:00:00Z" } },
      ],
      origin: "http://127.0.0.1:4680",
      paths: new Map([["f1", "/f/f1.secret.ics"]]),
      now: NOW,
    })
  ).toString();
  expect(html).toContain("&lt;b&gt;근무표&lt;/b&gt;");
  expect(html).not.toContain("<b>근무표");
  expect(html).toContain("A &quot;feed&quot; &amp; more");
  expect(html).toContain('href="webcal://127.0.0.1:4680/f/f1.secret.ics"');
  expect(html).toContain("source-not-found");
  expect(html).not.toContain("<script");
});

test("an empty machine says so and how to go on", async () => {
  const html = (await renderStartPage({ calendars: [], feeds: [], origin: "", paths: new Map(), now: NOW })).toString();
  expect(html).toContain("No feed yet.");
  expect(html).toContain("calendar add");
});
