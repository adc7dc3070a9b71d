/** Which calendar app asks for a feed, from what it says of itself: a family's name alone, never the header. */

/** The first that fits; those that also call themselves a browser come before it. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/google-calendar|calendar-importer|googlebot|\bgoogle\b/iu, "Google Calendar"],
  [/calferry/iu, "Calferry"],
  [/thunderbird|lightning\//iu, "Thunderbird"],
  [/icsx5|icsdroid/iu, "ICSx5"],
  [/davx5|davdroid/iu, "DAVx5"],
  [/nextcloud/iu, "Nextcloud"],
  [/fastmail|cyrus/iu, "Fastmail"],
  [/proton/iu, "Proton Calendar"],
  [/homeassistant|home assistant/iu, "Home Assistant"],
  [/yahoo/iu, "Yahoo Calendar"],
  [/evolution|gnome|goa-daemon/iu, "GNOME Calendar"],
  [/akonadi|korganizer|kio\//iu, "KOrganizer"],
  [/outlook|microsoft office|exchange|owa\b|office\.com/iu, "Outlook"],
  [/dataaccessd|calendaragent|remindd|accountsd|cfnetwork|^(?:ios|macos|mac_os_x|mac\+os\+x|watchos)\//iu, "Apple Calendar"],
  [/curl|wget|httpie|python|okhttp|java\/|go-http-client|node|undici|axios/iu, "program"],
  [/^mozilla\//iu, "browser"],
];

export function agentFamily(userAgent: string | undefined): string {
  const seen = (userAgent ?? "").slice(0, 300);
  return FAMILIES.find(([form]) => form.test(seen))?.[1] ?? "other";
}
