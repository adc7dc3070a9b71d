/** What a published text shows of its calendars' events, whatever their masks hide. */

type Shown = { readonly uid: string; readonly title: string };

/** Events that are hidden behind a mask have a UID of ours. */
const MASKED = "@calferry";
const BUSY = "Busy";

/** Whether the published text has just these events: each as it is, or behind a mask. */
export function showsJust(published: string, held: string): boolean {
  const rest = eventsOf(held);
  const hidden = eventsOf(published).filter(
    (event) => !took(rest, ({ uid, title }) => uid === event.uid && title === event.title),
  );
  // Titles first, for whoever is busy may be anybody.
  const masked = hidden.toSorted((one, other) => Number(one.title === BUSY) - Number(other.title === BUSY));
  const isKnown = masked.every(
    (event) => event.uid.endsWith(MASKED) && took(rest, ({ title }) => event.title === BUSY || event.title === title),
  );
  return isKnown && rest.length === 0;
}

/** Takes the first that is meant out of the list. */
function took(events: Shown[], isMeant: (event: Shown) => boolean): boolean {
  const index = events.findIndex(isMeant);
  if (index < 0) return false;
  events.splice(index, 1);
  return true;
}

function eventsOf(text: string): Shown[] {
  const titles = [...text.matchAll(/^SUMMARY:(.+?)\r?$/gmu)].map(([, title = ""]) => title);
  return [...text.matchAll(/^UID:(.+?)\r?$/gmu)].map(([, uid = ""], index) => ({ uid, title: titles[index] ?? "" }));
}
