/** What a calendar's URL may be, and what of it may be shown. */
import type { Calendar } from "../contract/calendar.ts";
import { Refusal } from "./failure.ts";

const SCHEMES: Readonly<Record<string, string>> = {
  "http:": "http:",
  "https:": "https:",
  "webcal:": "https:",
  "webcals:": "https:",
};

/** The URL to fetch: webcal becomes https. Throws `url-invalid`. */
export function readSourceUrl(text: string): URL {
  const url = URL.parse(text.trim());
  if (url === null) {
    throw new Refusal(
      "url-invalid",
      `the source is no URL (${text.length} characters seen), wanted https://host/path`,
      "check the address",
    );
  }
  const scheme = SCHEMES[url.protocol];
  if (scheme === undefined || url.hostname === "") {
    throw new Refusal(
      "url-invalid",
      `the source's scheme is ${url.protocol}, wanted https:, http: or webcal:`,
      "check the address",
    );
  }
  if (url.protocol === scheme) return url;
  // WHATWG URLs refuse to change a non-special scheme in place.
  return new URL(scheme + url.href.slice(url.protocol.length));
}

/** Whose pace the calendar keeps; undefined where an app writes it. A stored url is as `readSourceUrl` gives it. */
export function sourceHost(source: Calendar["source"]): string | undefined {
  return source.kind === "url" ? new URL(source.url).host : undefined;
}

/** What may stand in a log or a message: scheme, host and nothing after it. */
export function maskUrl(url: URL): string {
  return `${url.protocol}//${url.host}/...`;
}
