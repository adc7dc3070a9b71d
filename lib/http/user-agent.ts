/** How Calferry names itself to sources. */

const OWN = "Calferry/0.1";

/** These hosts answer 500 to agents that do not begin like a browser. */
const BROWSER_LIKE = new Set(["outlook.office365.com", "outlook.live.com"]);

export function userAgentFor(hostname: string): string {
  return BROWSER_LIKE.has(hostname) ? `Mozilla/5.0 (compatible; ${OWN})` : `${OWN} (calendar sync; conditional requests)`;
}
