import { expect, test } from "vitest";

import { withoutConferenceLinks } from "../../lib/core/conference.ts";

const left = (value: string, name = "DESCRIPTION"): string | undefined =>
  withoutConferenceLinks({ name, parameters: [], value })?.value;

test.each([
  "https://meet.google.com/abc-defg-hij",
  "https://us02web.zoom.us/j/123?pwd=secret",
  "https://teams.microsoft.com/l/meetup-join/19%3ameeting/0?context=%7b%7d",
  String.raw`HTTPS://Company.Webex.com/meet/ann\,bob\;x`,
  "http://ann@meet.jit.si:443/room",
])("the link %s is left out and what stands around it stays", (link) => {
  expect(left(`Agenda ${link}\\nBring cake`)).toBe(String.raw`Agenda \nBring cake`);
});

test("a property that is nothing but such a link goes", () => {
  expect(left("https://zoom.us/j/1", "LOCATION")).toBeUndefined();
  expect(left(" https://zoom.us/j/1 ", "URL")).toBeUndefined();
});

test("other links stay, also those that only look alike", () => {
  const value = "https://example.org/zoom.us https://notzoom.us/j/1 https://zoom.us.example.org/j/1";
  expect(left(value)).toBe(value);
});

test("a link inside markup ends with its quote", () => {
  expect(left('<a href="https://zoom.us/j/1">Join</a>', "X-ALT-DESC")).toBe('<a href="">Join</a>');
});

test("a title stays as it is", () => {
  expect(left("https://zoom.us/j/1", "SUMMARY")).toBe("https://zoom.us/j/1");
});
