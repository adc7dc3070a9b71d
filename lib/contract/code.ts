/**
 * Every code that Calferry can say, with the class that decides what happens next.
 * The same code names the error, the alert, the runbook heading and the dead letter.
 */

/** What follows a failure: wait and try later, retry with backoff, give up at once, keep aside, or skip a part. */
export type FailureClass = "deferred" | "transient" | "permanent" | "held";

/** Failures of a task, by class. A task that gives up is named by an open dead letter with this code. */
export const FAILURES = {
  "source-throttled": "deferred",
  "host-cooling-down": "deferred",
  "task-late": "deferred",
  "host-blackout": "deferred",
  "not-business-day": "deferred",
  "source-dns": "transient",
  "source-connect": "transient",
  "source-tls": "transient",
  "source-timeout": "transient",
  "source-server-error": "transient",
  "source-incomplete": "transient",
  "aws-unavailable": "transient",
  "commit-lost": "transient",
  "deferred-too-long": "permanent",
  "source-unauthorized": "permanent",
  "source-forbidden": "permanent",
  "source-not-found": "permanent",
  "source-gone": "permanent",
  "source-refused": "permanent",
  "source-redirects": "permanent",
  "source-too-large": "permanent",
  "address-blocked": "permanent",
  "not-icalendar": "permanent",
  "too-many-bad-components": "permanent",
  "message-invalid": "permanent",
  "worker-crashed": "permanent",
  "feed-too-large": "permanent",
  "download-too-large": "permanent",
  "removal-held": "held",
} as const satisfies Record<string, FailureClass>;
export type FailureCode = keyof typeof FAILURES;

/** Refusals of a request or a command: nothing was changed. */
export const REFUSALS = [
  "calendar-unknown",
  "feed-unknown",
  "member-unknown",
  "members-full",
  "link-unknown",
  "link-ended",
  "links-full",
  "run-unknown",
  "hold-unknown",
  "version-unknown",
  "version-ahead",
  "snapshot-needed",
  "download-unknown",
  "download-not-ready",
  "download-expired",
  "download-ended",
  "repeat-unknown",
  "feed-unbuilt",
  "window-invalid",
  "window-too-long",
  "letter-unknown",
  "letter-closed",
  "letter-unreadable",
  "letter-replaying",
  "calendar-paused",
  "pace-exceeded",
  "grant-missing",
  "url-invalid",
  "interval-invalid",
  "schedule-invalid",
  "blackout-invalid",
  "reservation-unknown",
  "reservation-closed",
  "reservation-time-invalid",
  "holidays-missing",
  "body-invalid",
  "query-invalid",
  "body-too-large",
  "config-invalid",
  "key-missing",
  "key-invalid",
  "key-unknown",
  "scope-insufficient",
  "header-invalid",
  "method-unknown",
  "route-unknown",
  "source-kind-wrong",
  "removal-refused",
  "precondition-failed",
  "event-unknown",
  "event-invalid",
  "batch-refused",
  "calendar-full",
  "write-contended",
  "external-id-taken",
  "file-unreadable",
  "machine-not-running",
  "stack-unknown",
  "port-busy",
  "template-unsupported",
  "usage-wrong",
  "wait-too-long",
  "internal-error",
] as const;
export type RefusalCode = (typeof REFUSALS)[number];

/** What `calferry doctor` finds wrong with a deployment. */
export const FINDINGS = [
  "tick-disabled",
  "tick-late",
  "event-source-disabled",
  "dead-letters-waiting",
  "letters-open",
  "alerts-unheard",
  "email-unconfirmed",
  "clock-skewed",
] as const;
export type FindingCode = (typeof FINDINGS)[number] | "grant-missing" | "aws-unavailable" | "stack-unknown";

/** Codes of alerts that tell of no letter. */
export const ALERTS = ["calendar-stale", "pace-exceeded", "alert-test"] as const;

/** Why one component of a calendar was left out while the rest was imported. */
export const SKIPS = [
  "line-invalid",
  "component-unclosed",
  "component-too-large",
  "component-too-deep",
  "dtstart-missing",
  "dtstart-invalid",
  "dtend-invalid",
  "duration-invalid",
  "recurrence-id-invalid",
  "rrule-invalid",
  "rrule-endless",
  "exdate-invalid",
  "rdate-invalid",
  "uid-duplicate",
  "timezone-invalid",
  "value-shortened",
  "attachment-dropped",
  "zone-unknown",
] as const;
