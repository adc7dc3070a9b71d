/** Worlds without a storm: one part of the system after the other is tried alone, looked at, and broken off on purpose. */
import { drillKeys, drillLinks } from "./drill-access.ts";
import { drillAlertRaces } from "./drill-alert-races.ts";
import { drillAlerts } from "./drill-alerts.ts";
import { drillAsking } from "./drill-asking.ts";
import { drillBookings } from "./drill-bookings.ts";
import { drillApprovals, drillBrokenDecisions, drillContestedDecisions } from "./drill-approvals.ts";
import { drillChanges } from "./drill-changes.ts";
import { drillBusinessDays } from "./drill-business-days.ts";
import { drillCron } from "./drill-cron.ts";
import { drillCreation } from "./drill-creation.ts";
import { drillEdits } from "./drill-edits.ts";
import { drillDownloadFaults, drillDownloadRaces } from "./drill-download-faults.ts";
import { drillRepeats } from "./drill-repeats.ts";
import { drillDownloads } from "./drill-downloads.ts";
import { drillExports } from "./drill-exports.ts";
import { drillFlips } from "./drill-flips.ts";
import { drillHolidays } from "./drill-holidays.ts";
import { drillHolds } from "./drill-holds.ts";
import { drillImports } from "./drill-imports.ts";
import { drillLeftCommits } from "./drill-left-commits.ts";
import { drillLaters, drillTooLong, drillTries, drillWindows } from "./drill-laters.ts";
import { drillLooks } from "./drill-looks.ts";
import { drillMendingPromises, drillMendingWheel } from "./drill-mending-calendars.ts";
import { drillMendingFeeds } from "./drill-mending-feeds.ts";
import { drillMendingLetters } from "./drill-mending-letters.ts";
import { drillLimits, drillUsage } from "./drill-limits.ts";
import { drillMending } from "./drill-mending.ts";
import { drillOwnerRaces, drillOwners } from "./drill-owners.ts";
import { drillOwnTurns } from "./drill-own-turns.ts";
import { drillReaders } from "./drill-readers.ts";
import { drillReservations } from "./drill-reservations.ts";
import { drillReservedCalls } from "./drill-reserved-calls.ts";
import { drillPauseRaces, drillPauses } from "./drill-pauses.ts";
import { drillPushes } from "./drill-pushes.ts";
import { drillShown } from "./drill-shown.ts";
import { drillReplayRaces, drillReplays } from "./drill-replays.ts";
import { drillRedrive } from "./drill-redrive.ts";
import { drillResolving } from "./drill-resolving.ts";
import { drillListing } from "./drill-listing.ts";
import { drillMarking } from "./drill-marking.ts";
import { drillRecording } from "./drill-recording.ts";
import { drillSpread } from "./drill-spread.ts";
import { drillStale } from "./drill-stale.ts";
import { drillSuspensionRaces, drillSuspensions } from "./drill-suspensions.ts";
import { drillSwitches } from "./drill-switches.ts";
import { drillExcess } from "./drill-excess.ts";
import { drillTickRaces, drillTicks } from "./drill-ticks.ts";
import { drillGivenUp } from "./drill-given-up.ts";
import { drillStandstill } from "./drill-standstill.ts";
import { drillTroubles } from "./drill-troubles.ts";
import { drillIdle } from "./drill-idle.ts";
import { drillRivals } from "./drill-rivals.ts";
import { drillImportHolds } from "./drill-import-holds.ts";
import { drillImportBreaks } from "./drill-import-breaks.ts";
import { drillImportEnds, drillImportLaters } from "./drill-import-ends.ts";
import { drillBodies } from "./drill-bodies.ts";
import { drillBrokenRollbacks, drillVersions } from "./drill-versions.ts";
import { drillNewcomers } from "./drill-newcomers.ts";
import { drillLists } from "./drill-lists.ts";
import { drillRemoval } from "./drill-removal.ts";
import { drillNames } from "./drill-names.ts";
import { drillPatches } from "./drill-patches.ts";
import { drillMoves, drillMoveRaces } from "./drill-moves.ts";
import { drillMembers, drillDescriptions } from "./drill-members.ts";
import { drillMemberRaces } from "./drill-member-races.ts";
import { drillFeedEnds } from "./drill-feed-ends.ts";
import { drillViews } from "./drill-views.ts";
import { drillBrokenErasure, drillContestedErasure, drillErasure } from "./drill-erasure.ts";
import { drillBulk, drillBulkParts } from "./drill-bulk.ts";
import { drillBulkLinks } from "./drill-bulk-links.ts";
import { drillRegistry, drillRegistryFiles } from "./drill-registry.ts";
import { drillHalfMoves, drillLateWords } from "./drill-half-moves.ts";
import type { Drill } from "./drill.ts";

type Play = (drill: Drill) => Promise<void>;

/** Of so many worlds the first ones are drills, one each. */
const EVERY = 500;

const DRILLS: readonly (readonly [name: string, play: Play])[] = [
  ["holds", drillHolds],
  ["imports", drillImports],
  ["idle", drillIdle],
  ["rivals", drillRivals],
  ["import-holds", drillImportHolds],
  ["import-breaks", drillImportBreaks],
  ["import-ends", drillImportEnds],
  ["import-laters", drillImportLaters],
  ["laters", drillLaters],
  ["troubles", drillTroubles],
  ["given-up", drillGivenUp],
  ["standstill", drillStandstill],
  ["recording", drillRecording],
  ["marking", drillMarking],
  ["listing", drillListing],
  ["replays", drillReplays],
  ["replay-races", drillReplayRaces],
  ["redrive", drillRedrive],
  ["resolving", drillResolving],
  ["stale", drillStale],
  ["pauses", drillPauses],
  ["creation", drillCreation],
  ["mending", drillMending],
  ["exports", drillExports],
  ["pause-races", drillPauseRaces],
  ["switches", drillSwitches],
  ["own-turns", drillOwnTurns],
  ["bookings", drillBookings],
  ["mending-wheel", drillMendingWheel],
  ["mending-promises", drillMendingPromises],
  ["mending-feeds", drillMendingFeeds],
  ["mending-letters", drillMendingLetters],
  ["reservations", drillReservations],
  ["reserved-calls", drillReservedCalls],
  ["flips", drillFlips],
  ["shown", drillShown],
  ["suspensions", drillSuspensions],
  ["suspension-races", drillSuspensionRaces],
  ["ticks", drillTicks],
  ["tick-races", drillTickRaces],
  ["pushes", drillPushes],
  ["left-commits", drillLeftCommits],
  ["alerts", drillAlerts],
  ["alert-races", drillAlertRaces],
  ["newcomers", drillNewcomers],
  ["lists", drillLists],
  ["removal", drillRemoval],
  ["approvals", drillApprovals],
  ["broken-decisions", drillBrokenDecisions],
  ["contested-decisions", drillContestedDecisions],
  ["names", drillNames],
  ["edits", drillEdits],
  ["changes", drillChanges],
  ["readers", drillReaders],
  ["excess", drillExcess],
  ["windows", drillWindows],
  ["too-long", drillTooLong],
  ["tries", drillTries],
  ["asking", drillAsking],
  ["repeats", drillRepeats],
  ["downloads", drillDownloads],
  ["download-faults", drillDownloadFaults],
  ["download-races", drillDownloadRaces],
  ["patches", drillPatches],
  ["moves", drillMoves],
  ["move-races", drillMoveRaces],
  ["owners", drillOwners],
  ["owner-races", drillOwnerRaces],
  ["keys", drillKeys],
  ["links", drillLinks],
  ["limits", drillLimits],
  ["usage", drillUsage],
  ["versions", drillVersions],
  ["rolled-back", drillBrokenRollbacks],
  ["bodies", drillBodies],
  ["spread", drillSpread],
  ["members", drillMembers],
  ["descriptions", drillDescriptions],
  ["feed-ends", drillFeedEnds],
  ["cron", drillCron],
  ["business-days", drillBusinessDays],
  ["holidays", drillHolidays],
  ["looks", drillLooks],
  ["views", drillViews],
  ["erasure", drillErasure],
  ["broken-erasure", drillBrokenErasure],
  ["contested-erasure", drillContestedErasure],
  ["bulk", drillBulk],
  ["bulk-parts", drillBulkParts],
  ["bulk-links", drillBulkLinks],
  ["registry", drillRegistry],
  ["registry-files", drillRegistryFiles],
  ["member-races", drillMemberRaces],
  ["half-moves", drillHalfMoves],
  ["late-words", drillLateWords],
];

export const DRILL_NAMES: readonly string[] = DRILLS.map(([name]) => name);

/** What the seed's world is drilled in; undefined where it has a storm. */
export function drillOf(seed: number): Play | undefined {
  return DRILLS[(seed - 1) % EVERY]?.[1];
}
