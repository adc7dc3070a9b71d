import { expect, test } from "vitest";

import { Refusal } from "../../lib/core/failure.ts";
import { maskUrl, readSourceUrl } from "../../lib/core/source-url.ts";

test.each([
  ["https://example.org/a.ics?token=1", "https://example.org/a.ics?token=1"],
  ["http://example.org:8080/a.ics", "http://example.org:8080/a.ics"],
  ["webcal://example.org/a.ics?x=1#y", "https://example.org/a.ics?x=1#y"],
  ["webcals://example.org/a.ics", "https://example.org/a.ics"],
  ["  WEBCAL://Example.org/A.ics\n", "https://example.org/A.ics"],
])("%j is fetched from %s", (text, href) => {
  expect(readSourceUrl(text).href).toBe(href);
});

test.each([
  ["not a url", "the source is no URL (9 characters seen), wanted https://host/path; check the address"],
  ["ftp://example.org/a", "the source's scheme is ftp:, wanted https:, http: or webcal:; check the address"],
  ["file:///etc/passwd", "the source's scheme is file:, wanted https:, http: or webcal:; check the address"],
  ["webcal:/a.ics", "the source's scheme is webcal:, wanted https:, http: or webcal:; check the address"],
])("%j is refused", (text, message) => {
  expect(() => readSourceUrl(text)).toThrow(Refusal);
  expect(() => readSourceUrl(text)).toThrow(expect.objectContaining({ code: "url-invalid", message }));
});

test("of a URL only scheme and host are shown", () => {
  expect(maskUrl(new URL("https://user:key@example.org:8443/secret.ics?token=1"))).toBe("https://example.org:8443/...");
});
