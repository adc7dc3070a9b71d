/** Links by which anyone could join a meeting; shared feeds leave them out. */
import type { ContentLine } from "../ics/content-line.ts";

/** A URL in a value; an escaped comma or semicolon belongs to it, a line break and a quote end it. */
const URL_IN_VALUE = /\bhttps?:\/\/(?:[^\s<>"'\\]|\\[,;\\])+/giu;

/** Hosts that hold meetings, with all their subdomains. */
const HOSTS = [
  "meet.google.com",
  "hangouts.google.com",
  "tel.meet",
  "zoom.us",
  "zoom.com",
  "zoomgov.com",
  "teams.microsoft.com",
  "teams.microsoft.us",
  "teams.live.com",
  "join.skype.com",
  "meet.lync.com",
  "webex.com",
  "gotomeeting.com",
  "gotomeet.me",
  "meet.goto.com",
  "whereby.com",
  "meet.jit.si",
  "bluejeans.com",
  "chime.aws",
  "ringcentral.com",
] as const;

/** The line without such links; undefined where nothing but one was in it. A title stays as it is: by it people know their event. */
export function withoutConferenceLinks(line: ContentLine): ContentLine | undefined {
  if (line.name === "SUMMARY" || !line.value.includes("://")) return line;
  const value = line.value.replaceAll(URL_IN_VALUE, (url) => (isConference(url) ? "" : url));
  if (value === line.value) return line;
  return value.trim() === "" ? undefined : { ...line, value };
}

function isConference(url: string): boolean {
  const host = /^https?:\/\/(?:[^/?#]*@)?([^/?#:]+)/iu.exec(url)?.[1]?.toLowerCase() ?? "";
  return HOSTS.some((known) => host === known || host.endsWith(`.${known}`));
}
