import fc from "fast-check";
import { expect, test } from "vitest";

import type { SnapshotEvent } from "../../lib/contract/snapshot.ts";
import { buildFeed } from "../../lib/core/build-feed.ts";
import { eventTest } from "../../lib/core/filter.ts";
import { readComponent } from "../../lib/ics/component.ts";
import { expand } from "../../lib/ics/expand.ts";
import { bodyOf, feed, member, stored } from "./sample-feed.ts";

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 5, 10);
const WINDOW = { from: "2025-01-01T00:00:00Z", to: "2028-01-01T00:00:00Z", limit: 1000 };

const stamp = (ms: number): string => new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/gu, "");
const title = fc.constantFrom("Training", "Match", "Match cancelled", "Training CANCELLED");
const words = fc.option(fc.subarray(["match", "training", "cancelled", "yoga"], { minLength: 1 }), { nil: undefined });
const filter = fc.record({ include: words, exclude: words });

/** A daily series of 6 times with some of them moved by hours and renamed. */
const series = fc
  .record({
    name: title,
    moved: fc.uniqueArray(
      fc.record({ day: fc.integer({ min: 0, max: 5 }), hours: fc.integer({ min: 1, max: 5 }), name: title }),
      {
        selector: ({ day }) => day,
      },
    ),
  })
  .map(({ name, moved }) => {
    const master = stored("UID:s", `DTSTART:${stamp(START_MS)}`, "RRULE:FREQ=DAILY;COUNT=6", `SUMMARY:${name}`);
    return [master].concat(moved.map(overrideOf));
  });

function overrideOf({ day, hours, name }: { day: number; hours: number; name: string }): SnapshotEvent {
  const originalMs = START_MS + day * DAY_MS;
  const start = stamp(originalMs + hours * 3_600_000);
  return stored("UID:s", `RECURRENCE-ID:${stamp(originalMs)}`, `DTSTART:${start}`, `SUMMARY:${name}`);
}

function timesOf(events: readonly { readonly uid: string; readonly text: string }[]): string[] {
  return expand({ timezones: [], events }, WINDOW).occurrences.map(({ startUtc }) => startUtc);
}

function eventsIn(lines: readonly string[]): { uid: string; text: string }[] {
  const blocks = lines.join("\n").match(/BEGIN:VEVENT\n[\s\S]*?\nEND:VEVENT/gu) ?? [];
  return blocks.map((text) => ({ uid: /^UID:(.*)$/mu.exec(text)?.[1] ?? "", text }));
}

/** What a person expects: each time of the series by itself, under the title that it has. */
function expectedTimes(events: readonly SnapshotEvent[], keywords: { include?: string[]; exclude?: string[] }): string[] {
  const passes = eventTest({ keywords }) ?? ((): boolean => true);
  const [master, ...overrides] = events;
  if (master === undefined) return [];
  const replaced = new Set(overrides.map(({ recurrenceId }) => recurrenceId));
  const plain = timesOf([master]).filter((time) => !replaced.has(stamp(Date.parse(time))));
  const kept = overrides.filter(({ text }) => passes(readComponent(text)));
  const all = [...(passes(readComponent(master.text)) ? plain : []), ...kept.flatMap((event) => timesOf([event]))];
  return all.toSorted();
}

test("a filtered series shows exactly those times whose titles pass, whoever reads it", () => {
  fc.assert(
    fc.property(series, filter, (events, { include, exclude }) => {
      const keywords = { ...(include === undefined ? {} : { include }), ...(exclude === undefined ? {} : { exclude }) };
      const filtered = buildFeed({
        feed: { ...feed(), filters: { keywords } },
        members: [member("cal1", events)],
        refreshMinutes: 60,
      });
      expect(timesOf(eventsIn(bodyOf(filtered))).toSorted()).toEqual(expectedTimes(events, keywords));
    }),
  );
});
