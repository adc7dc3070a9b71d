/** A success ends the letters of what it did, once, and no other: not what is closed, and nothing that failed after it looked. */
import { letterIdOf } from "../../lib/core/letters.ts";
import { markLetter } from "../../lib/sync/mark-letter.ts";
import { replayLetter } from "../../lib/sync/replay-letter.ts";
import { resolveLetter } from "../../lib/sync/resolve-letters.ts";
import { played } from "./calls.ts";
import { DeadMail } from "./dead-mail.ts";
import type { Drill, Pupil } from "./drill.ts";

export async function drillResolving(drill: Drill): Promise<void> {
  const mail = new DeadMail(drill);
  const [one, other] = drill.pupilsApart();
  await drillBoth(drill, mail, one);
  await drillAsked(drill, mail, other);
  await drillLeft(drill, mail, other);
  await mail.discardAll();
}

/** What somebody asked for and the calendar's turns failed alike; one replay does the work of both. */
async function drillBoth(drill: Drill, mail: DeadMail, pupil: Pupil): Promise<void> {
  const { calendarId, source } = pupil;
  const periodic = `import-${calendarId}`;
  source.manner = { kind: "failing", code: "source-not-found" };
  await drill.course.turns();
  const letterId = await opened(mail, calendarId);
  drill.must(mail.letter(periodic)?.state === "open", `${periodic} is ${mail.standing(periodic)} after turns that failed`);
  source.manner = { kind: "well" };
  const replays = await readsOf(drill, pupil, async () => await replay(drill, letterId));
  for (const id of [letterId, periodic]) {
    const { state, history = [] } = mail.letter(id) ?? {};
    drill.must(state === "resolved", `${id} is ${mail.standing(id)} after a replay that did its work`);
    drill.must(history.filter((entry) => entry.state === "resolved").length === 1, `${id} was resolved more than once`);
  }
  drill.must(replays === 2, `two letters were read ${replays} times`);

  // A replay of the turns' own letter.
  source.manner = { kind: "failing", code: "source-not-found" };
  drill.hours(2);
  await drill.course.turns();
  source.manner = { kind: "well" };
  const reads = await readsOf(drill, pupil, async () => await replay(drill, periodic));
  drill.must(mail.letter(periodic)?.state === "resolved", `${periodic} is ${mail.standing(periodic)} after its replay`);
  drill.must(reads === 1, `one letter was read ${reads} times`);
}

/** What nobody replays, and no turn of a healthy calendar, costs no look at a letter. */
async function drillAsked(drill: Drill, mail: DeadMail, pupil: Pupil): Promise<void> {
  const letterId = await opened(mail, pupil.calendarId);
  await drill.sync(pupil);
  const reads = await readsOf(drill, pupil, async () => await drill.sync(pupil));
  drill.must(reads === 0, `an import of a healthy calendar read ${reads} letters`);
  drill.must(
    mail.standing(letterId) === "open after 1",
    `${letterId} is ${mail.standing(letterId)} by a task that is not its own`,
  );
}

/** What is closed stays as it was closed; a letter of the very moment at which a task began to look is newer than what it saw. */
async function drillLeft(drill: Drill, mail: DeadMail, { calendarId }: Pupil): Promise<void> {
  const [open, discarded, resolved] = [
    await opened(mail, calendarId),
    await opened(mail, calendarId),
    await opened(mail, calendarId),
  ];
  await drill.ask("discard", async ({ letters }) => await markLetter(discarded, mail.mark("discarded"), letters));
  await replay(drill, resolved);
  drill.must(mail.letter(resolved)?.state === "resolved", `${resolved} is ${mail.standing(resolved)} after its replay`);
  drill.simulation.skip(60_000);
  for (const [letterId, began] of [
    ["nobody's", mail.now()],
    [discarded, mail.now()],
    [resolved, mail.now()],
    [open, mail.letter(open)?.lastAt ?? ""],
  ] as const) {
    const before = mail.letter(letterId);
    const { calls } = await played(
      drill,
      "resolve",
      async ({ letters }) => await resolveLetter(letterId, "late", letters, { at: mail.now(), began }),
    );
    drill.must(calls.join(" ") === "letters.get", `what was ${before?.state} was resolved by ${calls.join(" ")}`);
    drill.must(mail.letter(letterId)?.revision === before?.revision, `what was ${before?.state} was written again`);
  }
}

async function opened(mail: DeadMail, calendarId: string): Promise<string> {
  const task = mail.asked(calendarId);
  await mail.taken(mail.delivery(task));
  return letterIdOf(task, "");
}

async function replay(drill: Drill, letterId: string): Promise<void> {
  await drill.ask("replay", async (ports) => await replayLetter(letterId, ports, drill.context()));
}

/** How many letters the calendar's imports read meanwhile. */
async function readsOf(drill: Drill, { calendarId }: Pupil, during: () => Promise<void>): Promise<number> {
  let reads = 0;
  await drill.planned(({ task }, method) => {
    if (task?.kind === "import" && task.calendarId === calendarId && method === "letters.get") reads += 1;
    return undefined;
  }, during);
  return reads;
}
