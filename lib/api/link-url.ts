/** The secret URL of a feed's link, as the host that was asked is reached from outside. */

/** `url` for http clients, `webcalUrl` for calendar apps that open on it; both are secrets, shown once. */
export type LinkUrl = { readonly url: string; readonly webcalUrl: string };

export function linkUrl(base: string, token: string): LinkUrl {
  const url = `${base.replace(/\/+$/u, "")}/f/${token}.ics`;
  return { url, webcalUrl: url.replace(/^https?:/u, "webcal:") };
}

/** Scheme and host of the request as its sender knows them; API Gateway ends TLS and says so in x-forwarded-proto. */
export function publicBase(request: Request): string {
  const seen = new URL(request.url);
  const proto = request.headers.get("x-forwarded-proto")?.split(",")[0]?.trim();
  const scheme = proto === "http" || proto === "https" ? `${proto}:` : seen.protocol;
  const host = request.headers.get("host") ?? seen.host;
  const isHost = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/u.test(host);
  return `${scheme}//${isHost ? host : seen.host}`;
}
