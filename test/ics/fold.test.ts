import fc from "fast-check";
import { expect, test } from "vitest";

import { foldLine } from "../../lib/ics/fold.ts";

const unfold = (text: string): string => text.replaceAll("\r\n ", "");
const octets = (text: string): number => Buffer.byteLength(text);

test("a line of 75 octets stays whole and one of 76 is folded", () => {
  expect(foldLine("x".repeat(75))).toBe("x".repeat(75));
  expect(foldLine("x".repeat(76))).toBe(`${"x".repeat(75)}\r\n x`);
});

test("the space of a continuation is one of its 75 octets", () => {
  expect(foldLine("x".repeat(75 + 74 + 1))).toBe(`${"x".repeat(75)}\r\n ${"x".repeat(74)}\r\n x`);
});

test("a line of 75 letters with umlauts is folded by octets", () => {
  expect(foldLine(`${"x".repeat(74)}ü`)).toBe(`${"x".repeat(74)}\r\n ü`);
});

test("Korean text is folded between syllables", () => {
  expect(foldLine("SUMMARY:".concat("가".repeat(24)))).toBe(`SUMMARY:${"가".repeat(22)}\r\n 가가`);
});

test("a family emoji stays on one line", () => {
  const family = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}";
  expect(foldLine(`${"x".repeat(70)}${family}`)).toBe(`${"x".repeat(70)}\r\n ${family}`);
});

test("a letter keeps its accents, a flag its two halves, a hand its colour", () => {
  for (const whole of ["e\u0301", "\u{1f1f0}\u{1f1f7}", "\u{1f44b}\u{1f3fd}", "\u1112\u1161\u11ab"]) {
    const lead = "x".repeat(76 - octets(whole));
    expect(foldLine(`${lead}${whole}`)).toBe(`${lead}\r\n ${whole}`);
  }
});

test("no fold stands beside a blank", () => {
  expect(foldLine(`${"x".repeat(74)} y`)).toBe(`${"x".repeat(73)}\r\n x y`);
  expect(foldLine(`${"x".repeat(75)} y`)).toBe(`${"x".repeat(74)}\r\n x y`);
});

test("a run of marks without end is cut between code points all the same", () => {
  const folded = foldLine(`e${"\u0301".repeat(100)}`);
  expect(unfold(folded)).toBe(`e${"\u0301".repeat(100)}`);
  expect(folded.split("\r\n").map(octets)).toEqual([75, 75, 53]);
});

test("unfolding gives the line back, every physical line has at most 75 octets and only whole code points", () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom(" ", "\t", "\u200d", "가", "\u{1f468}", "\u{1f1f0}", "\u0301"),
      fc.string({ unit: "binary", maxLength: 1 }),
    ),
    maxLength: 400,
  });
  fc.assert(
    fc.property(text, (raw) => {
      const line = raw.replaceAll(/[\r\n]/gu, "").toWellFormed();
      const folded = foldLine(line);
      expect(unfold(folded)).toBe(line);
      for (const physical of folded.split("\r\n")) {
        expect(octets(physical)).toBeLessThanOrEqual(75);
        expect(physical.isWellFormed()).toBe(true);
      }
    }),
  );
});
