/** Sheets as other programs read them. */
import { read, utils } from "@e965/xlsx";
import { describe, expect, test } from "vitest";

import type { SheetCell } from "../../lib/contract/download.ts";
import { sheetWriter } from "../../lib/sheets/sheet-writer.ts";
import { withoutTimes } from "../../lib/sheets/zip-times.ts";

const NINE: SheetCell = { wallMs: Date.parse("2026-05-06T09:00:00Z"), isDay: false };
const DAY: SheetCell = { wallMs: Date.parse("2026-05-06T00:00:00Z"), isDay: true };
const COLUMNS = ["start", "end", "allDay", "title"];

describe("a CSV", () => {
  test("in Korean begins with the byte order mark, so that Excel reads it as UTF-8", () => {
    const bytes = Buffer.from(sheetWriter.csvHead(COLUMNS) + sheetWriter.csvRows([[NINE, NINE, false, "주간 회의"]]));
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(bytes.toString()).toBe("\u{feff}start,end,allDay,title\r\n2026-05-06 09:00,2026-05-06 09:00,FALSE,주간 회의\r\n");
  });

  test("shows a day without a time, and seconds where there are some", () => {
    const odd: SheetCell = { wallMs: Date.parse("2026-05-06T09:00:30Z"), isDay: false };
    expect(sheetWriter.csvRows([[DAY, odd, true, ""]])).toBe("2026-05-06,2026-05-06 09:00:30,TRUE,\r\n");
  });

  test("quotes what has a comma, a quote or a line break", () => {
    expect(sheetWriter.csvRows([["a,b", 'say "hi"', "one\r\ntwo\rthree"]])).toBe('"a,b","say ""hi""","one\ntwo\nthree"\r\n');
  });

  test("a time from before 1900 is a text in a workbook, which has no such day", async () => {
    const old: SheetCell = { wallMs: Date.UTC(1899, 11, 31, 9), isDay: false };
    const book = read(await sheetWriter.workbook({ name: "old", columns: ["start"], rows: [[old]] }));
    expect(utils.sheet_to_json<unknown[]>(book.Sheets["old"] ?? {}, { header: 1 })[1]).toEqual(["1899-12-31 09:00"]);
  });
});

describe("formula guard", () => {
  test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1", "＋1", "－1", "＠x"])(
    "keeps %j from being run as a formula",
    (evil) => {
      const [line = ""] = sheetWriter.csvRows([[evil, "x"]]).split("\r\n");
      expect(line.replace(/^"/u, "").startsWith("'")).toBe(true);
      expect(line).toContain(evil.slice(1));
    },
  );
});

describe("a workbook", () => {
  const rows: SheetCell[][] = [
    [NINE, { wallMs: Date.parse("2026-05-06T10:30:00Z"), isDay: false }, false, "주간 회의 🗓️"],
    [DAY, DAY, true, '=HYPERLINK("http://x")'],
    [NINE, NINE, false, `bad \u0000\u0007 mark ${"x".repeat(40_000)}`],
  ];

  test("is opened by another library: sheet, dates, Korean text, no formula", async () => {
    const bytes = await sheetWriter.workbook({
      name: "팀/회의 [2026]: 아주 아주 아주 긴 이름의 달력입니다 그리고",
      columns: COLUMNS,
      rows,
    });
    const book = read(bytes, { cellDates: true, UTC: true });
    expect(book.SheetNames).toEqual(["팀 회의  2026   아주 아주 아주 긴 이름의 달력입"]);
    const sheet = book.Sheets[book.SheetNames[0] ?? ""] ?? {};
    const read0 = utils.sheet_to_json<unknown[]>(sheet, { header: 1, UTC: true });
    expect(read0.slice(0, 3)).toEqual([
      COLUMNS,
      [new Date("2026-05-06T09:00:00Z"), new Date("2026-05-06T10:30:00Z"), false, "주간 회의 🗓️"],
      [new Date("2026-05-06T00:00:00Z"), new Date("2026-05-06T00:00:00Z"), true, '=HYPERLINK("http://x")'],
    ]);
    expect(String(read0[3]?.[3])).toHaveLength(32_767);
    expect(Object.values(sheet).some((cell: unknown) => typeof cell === "object" && cell !== null && "f" in cell)).toBe(false);
  });

  test("has the same bytes however late it is written", async () => {
    const sheet = { name: "Team", columns: COLUMNS, rows };
    const [one, other] = [await sheetWriter.workbook(sheet), await sheetWriter.workbook(sheet)];
    expect(Buffer.from(one).equals(Buffer.from(other))).toBe(true);
    const date = new DataView(one.buffer, one.byteOffset).getUint16(12, true);
    expect(date).toBe(0x21);
  });

  test("of a calendar without a name that a sheet may have is called calendar", async () => {
    expect(read(await sheetWriter.workbook({ name: "[/]", columns: COLUMNS, rows: [] })).SheetNames).toEqual(["calendar"]);
  });

  test("that is no zip is refused", () => {
    expect(() => withoutTimes(new Uint8Array(100))).toThrow("no zip");
  });
});
