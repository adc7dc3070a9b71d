/** An alert as people read it, in mail and chat: what, why, how many, since when, and the command that replays it. */
import type { AlertGroup } from "../contract/alert.ts";

/** SNS: under 100 characters of printable ASCII, the first a letter, figure or mark. */
const SUBJECT_LENGTH = 99;
const LISTED = 20;

export type AlertMessage = { readonly code: string; readonly subject: string; readonly text: string };

/** One alert in full, several as a list. Holds no secret: reasons name hosts alone, and no letter's body is in it. */
export function alertMessage(first: AlertGroup, ...others: readonly AlertGroup[]): AlertMessage {
  const groups = [first, ...others];
  const { subject, text } = others.length === 0 ? single(first) : digest(first, groups);
  return { code: first.code, subject: `Calferry: ${subject}`.replaceAll(/[^ -~]/gu, "?").slice(0, SUBJECT_LENGTH), text };
}

function single(group: AlertGroup): { subject: string; text: string } {
  const { code, reason, calendarId, feedId, host, letterId, codes } = group;
  const isOne = group.count === 1;
  const lines = [
    `${STAGES[group.stage]}${code}: ${reason}`,
    "",
    ...fact("calendar", isOne ? calendarId : undefined),
    ...fact("feed", isOne ? feedId : undefined),
    ...fact("host", host),
    ...fact("codes", codes.length > 1 ? codes.join(", ") : undefined),
    ...fact("count", `${counted(group)} since ${group.openedAt}, last ${group.lastAt}`),
    ...fact("letter", isOne ? letterId : undefined),
    "",
    ...whatToDo(group),
    `What to do:  docs/runbook.md#${code}`,
  ];
  return { subject: titleOf(group), text: lines.join("\n") };
}

function digest(first: AlertGroup, groups: readonly AlertGroup[]): { subject: string; text: string } {
  const left = groups.length - LISTED;
  const codes = [...new Set(groups.map(({ code }) => code))];
  const lines = [
    `${groups.length} alerts at once; each is one line, the letters have the whole of it.`,
    "",
    ...groups.slice(0, LISTED).map((group) => `- ${titleOf(group)}: ${counted(group)} since ${group.openedAt}${inLine(group)}`),
    ...(left > 0 ? [`- and ${left} more`] : []),
    "",
    "All of them:  calferry dlq list",
    ...codes.slice(0, LISTED).map((code) => `What to do:  docs/runbook.md#${code}`),
  ];
  return { subject: `${groups.length} alerts, first ${titleOf(first)}`, text: lines.join("\n") };
}

const STAGES = { opened: "", escalated: "still failing: ", recovered: "recovered: " } as const satisfies Record<
  AlertGroup["stage"],
  string
>;

function titleOf(group: AlertGroup): string {
  const { stage, code, host, calendarId, feedId, kind } = group;
  return `${STAGES[stage]}${code} at ${host ?? calendarId ?? feedId ?? kind}${stage === "escalated" ? `, ${counted(group)}` : ""}`;
}

const COUNTED = {
  import: "letter",
  export: "letter",
  download: "letter",
  unreadable: "letter",
  hold: "calendar",
  stale: "calendar",
  pace: "host",
  test: "test",
} as const satisfies Record<AlertGroup["kind"], string>;

function counted({ kind, count }: AlertGroup): string {
  const one = COUNTED[kind];
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

function whatToDo(group: AlertGroup): string[] {
  if (group.stage === "recovered") return ["Nothing to do: no letter of it is left open."];
  const command = commandOf(group);
  if (command === undefined) return ["Nothing to do: this is how an alert looks."];
  const isReplay = command.startsWith("calferry dlq replay");
  return [`${isReplay ? "When mended" : "Look at it"}:  ${command}`];
}

function inLine(group: AlertGroup): string {
  const command = group.stage === "recovered" ? undefined : commandOf(group);
  return command === undefined ? "" : `; ${command}`;
}

/** Ready to be pasted; a filter where the letters or calendars are many. */
function commandOf(group: AlertGroup): string | undefined {
  return group.count === 1 ? (commandOfOne(group) ?? commandOfMany(group)) : commandOfMany(group);
}

function commandOfOne({ kind, calendarId, letterId }: AlertGroup): string | undefined {
  if (calendarId !== undefined && kind === "stale") return `calferry calendar show ${calendarId}`;
  if (calendarId !== undefined && kind === "hold") return `calferry hold show ${calendarId}`;
  if (letterId === undefined) return undefined;
  return kind === "unreadable" ? `calferry dlq show ${letterId}` : `calferry dlq replay ${letterId}`;
}

function commandOfMany(group: AlertGroup): string | undefined {
  switch (group.kind) {
    case "test":
      return undefined;
    case "stale":
    case "pace":
      return "calferry status";
    case "hold":
      return "calferry hold list";
    case "unreadable":
      return "calferry dlq list --kind unreadable";
    case "import":
    case "export":
    case "download":
      return `calferry dlq replay ${filterOf(group)}`;
  }
}

function filterOf({ kind, host, code, codes }: AlertGroup): string {
  const [byHost, byCode] = [host === undefined ? [] : [`--host ${host}`], codes.length === 1 ? [`--code ${code}`] : []];
  return [`--kind ${kind}`, ...byHost, ...byCode].join(" ");
}

function fact(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${`${name}:`.padEnd(10)} ${value}`];
}
