import { describe, expect, it } from "vitest";

import { passes } from "../../lib/local/subscription-filter.ts";

const attributes = { kind: { Value: "import.failed" }, calendarId: { Value: "c1" } };

describe("a message", () => {
  it.each([
    [undefined, true],
    ["", true],
    ['{"kind":["import.failed"]}', true],
    ['{"kind":["hold.opened","import.failed"],"calendarId":["c1"]}', true],
    ['{"kind":["import.failed"],"calendarId":["c2"]}', false],
    ['{"kind":["hold.opened"]}', false],
    ['{"feedId":["f1"]}', false],
    ['{"kind":[{"prefix":"hold."}]}', true],
    ['{"kind":[]}', false],
  ])("passes the filter %s: %s", (policy, expected) => {
    expect(passes(policy, attributes)).toBe(expected);
  });
});
