/** What the clocks of a zone show, and when they show it. */

const DAY_MS = 86_400_000;
const OFFSET = /GMT(?:([+-])(\d{2}):(\d{2}))?/u;

/** Milliseconds that the zone's clocks are ahead of UTC at an instant. */
export function offsetAt(zone: string, instantMs: number): number {
  const text = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" }).format(instantMs);
  const [, sign, hours = "0", minutes = "0"] = OFFSET.exec(text) ?? [];
  const sizeMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === "-" ? -sizeMs : sizeMs;
}

/** The instant at which the clocks show this time (as if it were UTC), the first of two; undefined where they skip it. */
export function instantShown(zone: string, wallMs: number): number | undefined {
  const offsets = [offsetAt(zone, wallMs - DAY_MS), offsetAt(zone, wallMs + DAY_MS)];
  const instants = offsets.map((offsetMs) => wallMs - offsetMs).filter((atMs) => atMs + offsetAt(zone, atMs) === wallMs);
  return instants.length === 0 ? undefined : Math.min(...instants);
}
