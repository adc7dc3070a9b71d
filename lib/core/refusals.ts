/** Refusals that several routes and commands share. */
import { Refusal } from "./failure.ts";

export function unknownCalendar(calendarId: string): Refusal {
  return new Refusal(
    "calendar-unknown",
    `no calendar ${shown(calendarId)}, wanted the id of a registered one`,
    "list them with: calferry calendar list",
  );
}

/** Nothing was written. */
export function contendedCalendar(calendarId: string, tries: number): Refusal {
  const what = `calendar ${shown(calendarId)} was changed by others ${tries} times in a row, wanted one undisturbed change`;
  return new Refusal("write-contended", what, "send it again");
}

export function unknownFeed(feedId: string): Refusal {
  return new Refusal(
    "feed-unknown",
    `no feed ${shown(feedId)}, wanted the id of a registered one`,
    "list them with: calferry feed list",
  );
}

/** It has nothing that subscribers could read. */
export function unbuiltFeed(feedId: string): Refusal {
  const what = `feed ${shown(feedId)} was never built, wanted one that subscribers can read`;
  const next = `ask again in half a minute, or look at its calendars with: calferry feed show ${feedId}`;
  return new Refusal("feed-unbuilt", what, next);
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

export function unknownDownload(downloadId: string): Refusal {
  const what = `no download ${shown(downloadId)}, wanted the id of one of the last 30 days`;
  return new Refusal("download-unknown", what, "list them with: calferry download list");
}

export function unknownRepeat(repeatId: string): Refusal {
  const what = `no repeat ${shown(repeatId)}, wanted the id of one that stands`;
  return new Refusal("repeat-unknown", what, "list them with: calferry download repeats");
}

/** Why a stored letter was not sent again. */
export function refuseReplay(
  letterId: string,
  why: "not-open" | "unreadable" | "replaying" | "paused" | "gone" | "pace-exceeded",
): Refusal {
  const letter = `dead letter ${shown(letterId)}`;
  switch (why) {
    case "unreadable": {
      const what = `${letter} holds no task that can be read, wanted an import, export or download`;
      return new Refusal("letter-unreadable", what, `look at what was sent: calferry dlq show ${letterId}`);
    }
    case "replaying": {
      const what = `${letter} was replayed within the last hour and its task is on its way, wanted one that nobody replays`;
      return new Refusal("letter-replaying", what, `look at it with: calferry dlq show ${letterId}`);
    }
    case "paused": {
      const what = `${letter} is of a paused calendar, wanted an active one`;
      return new Refusal("calendar-paused", what, "resume it first with: calferry calendar resume ID");
    }
    case "gone": {
      const what = `${letter} is of a calendar that was removed, wanted a registered one`;
      return new Refusal("calendar-unknown", what, `close it with: calferry dlq discard ${letterId} --why "calendar removed"`);
    }
    case "pace-exceeded": {
      const what = `${letter} is of a host that has no free start within 15 minutes, wanted one`;
      return new Refusal("pace-exceeded", what, "it stays open; replay it later, or with: calferry dlq replay --wait");
    }
    case "not-open": {
      const what = `${letter} is closed or was written by somebody else just now, wanted an open one`;
      return new Refusal("letter-closed", what, "list the open ones with: calferry dlq list");
    }
  }
}

/** Why a stored letter was neither acknowledged nor discarded. */
export function refuseMark(letterId: string, wanted: "acknowledged" | "discarded"): Refusal {
  const from = wanted === "acknowledged" ? "an open one" : "one that is not resolved";
  const what = `dead letter ${shown(letterId)} cannot be ${wanted} in its state, wanted ${from}`;
  return new Refusal("letter-closed", what, `look at it with: calferry dlq show ${letterId}`);
}

/** A value of a request as it may be shown: short and without control characters. */
export function shown(value: string): string {
  const clean = value.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, "?");
  return `"${clean.length > 60 ? `${clean.slice(0, 57)}...` : clean}"`;
}
