/** How people subscribe to a link with the calendar they have, and how often that comes again. */
import type { Subscribe } from "../contract/link-view.ts";

type LinkUrls = { readonly url: string; readonly webcalUrl: string };

const NOTES = [
  "Google's phone app cannot add a calendar by its address: open the google address in a browser on a computer; the phone shows it afterwards.",
  "Outlook wants the https address; in Outlook for Windows: Add calendar, From internet.",
  "An iPhone asks before it subscribes; on Android use Google Calendar by a computer, or an app for ICS subscriptions.",
];
const REFRESH = {
  "Google Calendar": "every 4 to 24 hours, as Google likes",
  "Outlook.com, Office 365": "about every 3 hours, sometimes a day",
  "Outlook for Windows": "with Send/Receive, not more often than the feed says",
  "Apple Calendar": "5 minutes to a week, as its user chose",
  Thunderbird: "every 30 minutes, as its user chose",
} as const;

export function subscribeTo({ url, webcalUrl }: LinkUrls, name: string): Subscribe {
  const outlook = `url=${encodeURIComponent(url)}&name=${encodeURIComponent(name.toWellFormed())}`;
  return {
    url,
    webcal: webcalUrl,
    apple: webcalUrl,
    google: `https://calendar.google.com/calendar/r?cid=${encodeURIComponent(webcalUrl)}`,
    outlookCom: `https://outlook.live.com/calendar/0/addfromweb?${outlook}`,
    office365: `https://outlook.office.com/calendar/0/addfromweb?${outlook}`,
    notes: NOTES,
    refresh: REFRESH,
  };
}
