/** Dead letters as people read them. */
import type { Letter, LetterState } from "../contract/letter.ts";
import type { LetterView } from "../contract/letter-view.ts";
import type { MarksReport } from "../sync/mark-letter.ts";
import type { RedriveReport } from "../sync/redrive-letters.ts";
import type { Page } from "../sync/registry.ts";
import type { ReplaysReport } from "../sync/replay-letters.ts";
import { ago, recordOf, tableOf } from "./table.ts";
import { masked } from "./tell-error.ts";

/** What a command over many letters would do. */
export type DryRun = {
  readonly dryRun: true;
  readonly letters: number;
  readonly byFingerprint: Readonly<Record<string, number>>;
};

const COLUMNS = [
  { head: "LETTER" },
  { head: "CODE", width: 22 },
  { head: "TIMES", align: "right" as const },
  { head: "LAST" },
  { head: "HOST", width: 20 },
];
/** More lines than this say no more than their number. */
const LINES_SHOWN = 20;
const BODY_SHOWN = 300;

export function tellLetters({ items, cursor }: Page<LetterView>, state: LetterState, now: Date): string {
  const rows = items.map(({ letterId, code, count, lastAt, host }) => [
    letterId,
    code,
    String(count),
    ago(lastAt, now),
    host ?? "-",
  ]);
  const more = cursor === undefined ? "" : `\n\nmore: calferry dlq list --state ${state} --cursor ${cursor}`;
  return `${tableOf(COLUMNS, rows, `no ${state} letters`)}${more}`;
}

export function tellLetter(letter: Letter): string {
  const facts = recordOf({
    letter: letter.letterId,
    state: letter.state,
    code: letter.code,
    reason: letter.reason,
    calendar: letter.calendarId,
    feed: letter.feedId,
    download: letter.downloadId,
    owner: letter.ownerId,
    host: letter.host,
    queue: letter.queue,
    times: `${letter.count} letters, ${letter.attempts} attempts, first ${letter.firstAt}, last ${letter.lastAt}`,
    message: letter.kind === "unreadable" ? shownBody(letter) : undefined,
  });
  const history = letter.history.map(({ at, state, who, why }) => [at, state, who, why]);
  const columns = [{ head: "AT" }, { head: "STATE" }, { head: "WHO" }, { head: "WHY" }];
  return `${facts}\n\n${tableOf(columns, history, "no history")}`;
}

export function dryRunOf(letters: readonly Letter[]): DryRun {
  const byFingerprint: Record<string, number> = {};
  for (const { fingerprint } of letters) byFingerprint[fingerprint] = (byFingerprint[fingerprint] ?? 0) + 1;
  return { dryRun: true, letters: letters.length, byFingerprint };
}

export function tellDryRun({ letters, byFingerprint }: DryRun, verb: string): string {
  const rows = Object.entries(byFingerprint).map(([fingerprint, count]) => [String(count)].concat(fingerprint.split("|")));
  const columns = [{ head: "LETTERS", align: "right" as const }, { head: "KIND" }, { head: "CODE" }, { head: "HOST" }];
  return `would ${verb} ${letters} letters; nothing was changed\n\n${tableOf(columns, rows, "no letters")}`;
}

export function tellReplays({ end, replayed, waiting, left }: ReplaysReport): string {
  const lines = [
    ...some(replayed, ({ letterId, taskId }) => `replayed ${letterId} as ${taskId}`, "replayed"),
    ...some(left, ({ letterId, code }) => `left ${letterId}: ${code}`, "left"),
    ...(waiting === 0
      ? []
      : [`${waiting} letters wait: their hosts have no free start within 15 minutes; replay them later, or with --wait`]),
    ...(end === "cancelled" ? ["stopped before the end; what was replayed is on its way, the rest is as it was"] : []),
  ];
  return lines.length === 0 ? "no open letters" : lines.join("\n");
}

export function tellMarks({ end, marked, left }: MarksReport, word: string): string {
  const lines = [
    ...some(marked, (letterId) => `${word} ${letterId}`, word),
    ...some(left, (letterId) => `left ${letterId}: written by somebody else just now`, "left"),
    ...(end === "cancelled" ? ["stopped before the end; the rest is as it was"] : []),
  ];
  return lines.length === 0 ? "no such letters" : lines.join("\n");
}

export function tellRedrive({ end, sent, waiting, gone, unreadable }: RedriveReport): string {
  const lines = [
    `${sent} messages sent again`,
    ...(waiting === 0
      ? []
      : [`${waiting} stay: their hosts have no free start within 15 minutes, or their calendars are paused`]),
    ...(gone === 0 ? [] : [`${gone} stay: their calendars were removed; resume the alert function and discard their letters`]),
    ...some(unreadable, (messageId) => `message ${messageId} stays: it holds no task that can be read`, "unreadable, stay"),
    ...(end === "cancelled" ? ["stopped before the end; the rest is as it was"] : []),
  ];
  return lines.join("\n");
}

function some<Part>(parts: readonly Part[], line: (part: Part) => string, word: string): string[] {
  return parts.length > LINES_SHOWN ? [`${word} ${parts.length} letters`] : parts.map(line);
}

/** What nobody could read may hold anything. */
function shownBody({ body, bodyKey }: Letter): string | undefined {
  if (body === undefined) return bodyKey === undefined ? undefined : `object ${bodyKey}`;
  const text = masked(body);
  return text.length > BODY_SHOWN ? `${text.slice(0, BODY_SHOWN)}... (${text.length} characters)` : text;
}
