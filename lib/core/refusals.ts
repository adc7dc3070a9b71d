/** Refusals that several routes and commands share. */
import { Refusal } from "./failure.ts";

export function unknownCalendar(calendarId: string): Refusal {
  return new Refusal(
    "calendar-unknown",
    `no calendar ${shown(calendarId)}, wanted the id of a registered one`,
    "list them with: calferry calendar list",
  );
}

export function unknownFeed(feedId: string): Refusal {
  return new Refusal(
    "feed-unknown",
    `no feed ${shown(feedId)}, wanted the id of a registered one`,
    "list them with: calferry feed list",
  );
}

export function unknownRun(runId: string, calendarId: string): Refusal {
  const what = `calendar ${shown(calendarId)} has no run ${shown(runId)}, wanted the id of one of the last 90 days`;
  return new Refusal("run-unknown", what, `list them with: GET /v1/calendars/${encodeURIComponent(calendarId)}/runs`);
}

/** @param standing the id of the calendar's hold, if it has one */
export function unknownHold(calendarId: string, holdId: string, standing: string | undefined): Refusal {
  const wanted = standing === undefined ? "a hold that stands; this calendar has none" : shown(standing);
  const what = `calendar ${shown(calendarId)} has no hold ${shown(holdId)}, wanted ${wanted}`;
  const next = standing === undefined ? "list them with: calferry hold list" : `look at it with: calferry hold show ${standing}`;
  return new Refusal("hold-unknown", what, next, { details: { seen: shown(holdId), wanted } });
}

/** @param kept versions that can be brought back, the newest first */
export function unknownVersion(calendarId: string, version: number | undefined, kept: readonly number[]): Refusal {
  const seen = version === undefined ? "none before the present one" : String(version);
  const wanted = kept.length === 0 ? "one that was imported; nothing was yet" : `one of ${kept.join(", ")}`;
  const what = `calendar ${shown(calendarId)} keeps no such version: ${seen}, wanted ${wanted}`;
  return new Refusal("version-unknown", what, `list them with: calferry calendar versions ${calendarId}`, {
    details: { seen, wanted },
  });
}

export function unknownLetter(letterId: string): Refusal {
  const what = `no dead letter ${shown(letterId)}, wanted the id of a stored one`;
  return new Refusal("letter-unknown", what, "list them with: calferry dlq list");
}

/** Why a stored letter was not sent again. */
export function refuseReplay(letterId: string, why: "not-open" | "unreadable"): Refusal {
  if (why === "unreadable") {
    const what = `dead letter ${shown(letterId)} holds no task that can be read, wanted an import or export`;
    return new Refusal("letter-unreadable", what, `look at what was sent: calferry dlq show ${letterId}`);
  }
  const what = `dead letter ${shown(letterId)} is closed or was replayed by somebody else just now, wanted an open one`;
  return new Refusal("letter-closed", what, "list the open ones with: calferry dlq list");
}

/** A value of a request as it may be shown: short and without control characters. */
export function shown(value: string): string {
  const clean = value.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, "?");
  return `"${clean.length > 60 ? `${clean.slice(0, 57)}...` : clean}"`;
}
