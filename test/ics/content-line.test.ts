import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { escapeText, parameterOf, readContentLine, unescapeText, writeContentLine } from "../../lib/ics/content-line.ts";

const line = (name: string, value: string, parameters: Record<string, readonly string[]> = {}): unknown => ({
  name,
  value,
  parameters: Object.entries(parameters).map(([key, values]) => ({ name: key, values })),
});

describe("a content line", () => {
  it.each([
    ["SUMMARY:a:b;c", line("SUMMARY", "a:b;c")],
    ["summary:", line("SUMMARY", "")],
    ["  DTSTART ;tzid=Europe/Berlin:20260506T100000", line("DTSTART", "20260506T100000", { TZID: ["Europe/Berlin"] })],
    [
      'ATTENDEE;CN="Doe; Jane: x",Joe;ROLE=CHAIR:mailto:a@example.com',
      line("ATTENDEE", "mailto:a@example.com", { CN: ["Doe; Jane: x", "Joe"], ROLE: ["CHAIR"] }),
    ],
    ["X-A;CN=a^nb^^c^'d:v", line("X-A", "v", { CN: ['a\nb^c"d'] })],
    ['X-A;CN="a"rest:v', line("X-A", "v", { CN: ["a"] })],
    [
      'DTSTART;TZID="W. Europe Standard Time:20160302T090000',
      line("DTSTART", "20160302T090000", { TZID: ["W. Europe Standard Time"] }),
    ],
    ["X-A;FLAG;B=1:v", line("X-A", "v", { B: ["1"] })],
    ["X-A;:v", line("X-A", "v")],
  ])("%j is read with tolerance", (text, read) => {
    expect(readContentLine(text)).toEqual(read);
  });

  it.each(["", "no colon", "see http://example.com", ":value", "X-A;B=1", "X-A;B", 'X-A;B="1'])("%j is none", (text) => {
    expect(readContentLine(text)).toBeUndefined();
  });

  it("gives the first value of a parameter", () => {
    const read = readContentLine("X-A;B=1,2;B=3:v");
    expect(read && [parameterOf(read, "B"), parameterOf(read, "C")]).toEqual(["1", undefined]);
  });

  it("that was written is read as it was, control characters aside", () => {
    const text = fc.string({ unit: "binary", maxLength: 20 });
    const parameter = fc.record({
      name: fc.stringMatching(/^[A-Z][A-Z0-9-]{0,8}$/u),
      values: fc.array(text, { minLength: 1, maxLength: 3 }),
    });
    const printable = (value: string): string => value.replaceAll(/[\u0000-\u0008\u000a-\u001f\u007f]/gu, "");
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Z][A-Z0-9-]{0,8}$/u),
        fc.array(parameter, { maxLength: 3 }),
        text,
        (name, parameters, value) => {
          const clean = parameters.map((each) => ({ name: each.name, values: each.values.map(printable) }));
          expect(readContentLine(writeContentLine({ name, parameters: clean, value }))).toEqual({
            name,
            parameters: clean,
            value: printable(value),
          });
        },
      ),
    );
  });
});

describe("text", () => {
  it("is escaped and read again unchanged", () => {
    expect(escapeText("a\\b;c,d\r\ne\nf\rg")).toBe("a\\\\b\\;c\\,d\\ne\\nf\\ng");
    expect(unescapeText("a\\\\nb\\N\\;\\,\\x")).toBe("a\\nb\n;,\\x");
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(unescapeText(escapeText(text))).toBe(text.replaceAll(/\r\n|\r/gu, "\n"));
      }),
    );
  });
});
