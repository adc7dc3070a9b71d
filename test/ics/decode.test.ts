import { describe, expect, it } from "vitest";

import { decodeBody } from "../../lib/ics/decode.ts";

const TEXT = "BEGIN:VCALENDAR\r\nSUMMARY:Grüße 日本 😀\r\nEND:VCALENDAR\r\n";
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.codePointAt(0) ?? 0);

function utf16(text: string, order: "little" | "big"): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < text.length; at += 1) view.setUint16(at * 2, text.charCodeAt(at), order === "little");
  return bytes;
}

describe("bytes of a feed", () => {
  it("are read as UTF-8, with or without a byte order mark", () => {
    expect(decodeBody(utf8(TEXT))).toBe(TEXT);
    expect(decodeBody(utf8(`\u{feff}${TEXT}`))).toBe(TEXT);
  });

  it.each(["little", "big"] as const)("are read as UTF-16 (%s endian), with or without a byte order mark", (order) => {
    expect(decodeBody(utf16(`\u{feff}${TEXT}`, order))).toBe(TEXT);
    expect(decodeBody(utf16(TEXT, order))).toBe(TEXT);
  });

  it("are read in the declared charset", () => {
    expect(decodeBody(latin1("SUMMARY:Gr\u00fc\u00dfe"), "ISO-8859-1")).toBe("SUMMARY:Grüße");
    expect(decodeBody(Uint8Array.of(0x93, 0xfa, 0x96, 0x7b), '"Shift_JIS"')).toBe("日本");
  });

  it("that are valid UTF-8 overrule a declared one-byte charset, and an unknown charset is ignored", () => {
    expect(decodeBody(utf8(TEXT), "iso-8859-1")).toBe(TEXT);
    expect(decodeBody(utf8(TEXT), "no-such-charset")).toBe(TEXT);
  });

  it("without a declared charset that are no UTF-8 are windows-1252", () => {
    expect(decodeBody(Uint8Array.of(0x47, 0x72, 0xfc, 0xdf, 0x65, 0x20, 0x80))).toBe("Grüße €");
  });

  it("with one bad byte keep every good character", () => {
    const bytes = Uint8Array.of(...utf8("Grüße 日本 "), 0xe9, ...utf8(" 😀"), 0xf0, 0x9f);
    expect(decodeBody(bytes)).toBe("Grüße 日本 é 😀ðŸ");
  });

  it.each(["\r\n ", "\n\t"])("folded inside a character are whole again, on the same number of lines (%j)", (fold) => {
    const [first, second] = [utf8("SUMMARY:Gr\u00fc"), utf8("\u65e5\u672c")];
    const bytes = Uint8Array.of(
      ...first.slice(0, -1),
      ...utf8(fold),
      ...first.slice(-1),
      ...second.slice(0, 4),
      ...utf8(fold),
      ...second.slice(4),
    );
    expect(decodeBody(bytes)).toBe(`SUMMARY:Grü${fold}日本${fold}`);
  });

  it("lose their NULs", () => {
    expect(decodeBody(utf8("BEGIN:VCAL\0ENDAR and text after it that has no more of them"))).toBe(
      "BEGIN:VCALENDAR and text after it that has no more of them",
    );
  });

  it.each([
    [[0xc0, 0x80], "À€"],
    [[0xe0, 0x80, 0x80], "à€€"],
    [[0xed, 0xa0, 0x80], "í\u00a0€"],
    [[0xf4, 0x90, 0x80, 0x80], "ô\u0090€€"],
  ])("that only look like UTF-8 (%j) are not taken for it", (bytes, text) => {
    expect(decodeBody(Uint8Array.from(bytes))).toBe(text);
  });
});
