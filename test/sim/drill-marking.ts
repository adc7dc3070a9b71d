/** Letters are acknowledged and discarded: each as its state allows, ten at a time, and no further than whoever began it wants. */
import type { Letter, LetterState } from "../../lib/contract/letter.ts";
import { letterIdOf } from "../../lib/core/letters.ts";
import type { Course } from "../../lib/sync/course.ts";
import { markLetter, markLetters } from "../../lib/sync/mark-letter.ts";
import type { Mark, MarksReport } from "../../lib/sync/mark-letter.ts";
import { replayLetter } from "../../lib/sync/replay-letter.ts";
import { interpose } from "./broken-off.ts";
import { played } from "./calls.ts";
import type { Ports } from "./desk.ts";
import { DeadMail } from "./dead-mail.ts";
import type { Drill } from "./drill.ts";

const STATES = ["open", "acknowledged", "replaying", "resolved", "discarded"] as const satisfies readonly LetterState[];
/** What can be marked how; a mark that a letter has is not made again. */
const MARKABLE: Readonly<Record<Mark["state"], readonly LetterState[]>> = {
  acknowledged: ["open"],
  discarded: ["open", "acknowledged", "replaying"],
};

export async function drillMarking(drill: Drill): Promise<void> {
  const mail = new DeadMail(drill);
  for (const to of ["acknowledged", "discarded"] as const) {
    await drillOne(drill, mail, to);
    await drillMany(drill, mail, to);
  }
  await drillMarkRaces(drill, mail);
  await drillCourse(drill, mail);
  await mail.discardAll();
}

/** One letter in each state. */
async function drillOne(drill: Drill, mail: DeadMail, to: Mark["state"]): Promise<void> {
  for (const from of STATES) {
    const letterId = await letterIn(drill, mail, from);
    const before = mail.letter(letterId);
    const { answer, reads, writes } = await markOne(drill, mail, letterId, to);
    const isMarked = MARKABLE[to].includes(from);
    drill.must(writes === (isMarked ? 1 : 0) && reads === 1, `what was ${from} was ${to} in ${reads} reads, ${writes} writes`);
    const wanted = isMarked || from === to ? to : "not-open";
    drill.must(answer === wanted, `who marks a letter ${to} that was ${from} hears ${answer}`);
    checkNoted(drill, before, mail.letter(letterId), isMarked ? to : undefined);
  }
  const { answer, reads, writes } = await markOne(drill, mail, "nobody's", to);
  drill.must(answer === "unknown" && reads === 1 && writes === 0, `a letter that is none was ${answer} in ${writes} writes`);
}

/** @param mark undefined where the letter is to stay as it was */
function checkNoted(drill: Drill, before: Letter | undefined, after: Letter | undefined, mark: Mark["state"] | undefined): void {
  const [from, seen] = [before?.state, after?.state];
  drill.must(seen === (mark ?? from), `a letter that was ${from} is ${seen}, wanted it ${mark ?? from}`);
  const news = after?.history.slice(before?.history.length) ?? [];
  const noted = news.map(({ state, who, why }) => `${state} ${who} ${why}`).join(", ");
  const wanted = mark === undefined ? "" : `${mark} operator drilled`;
  drill.must(noted === wanted, `the history of what was ${from} goes on with ${noted}`);
}

/** What whoever marks hears, and what it costs. */
async function markOne(
  drill: Drill,
  mail: DeadMail,
  letterId: string,
  to: Mark["state"],
): Promise<{ readonly answer: string | undefined; readonly reads: number; readonly writes: number }> {
  const { result, calls } = await played(
    drill,
    "mark",
    async ({ letters }) => await markLetter(letterId, mail.mark(to), letters),
  );
  const writes = calls.filter((call) => call === "letters.put").length;
  return { answer: typeof result === "object" ? result.state : result, reads: calls.length - writes, writes };
}

/** All of them at once; each is marked as it was read. */
async function drillMany(drill: Drill, mail: DeadMail, to: Mark["state"]): Promise<void> {
  const letterIds = await lettersIn(drill, mail, STATES);
  const read = letterIds.flatMap((letterId) => mail.letter(letterId) ?? []);
  const { result } = await markAll(drill, mail, read, to);
  const [marked = [], left = []] = [result?.marked, result?.left];
  for (const [index, from] of STATES.entries()) {
    const [letterId = ""] = letterIds.slice(index);
    const isMarked = MARKABLE[to].includes(from);
    drill.must(marked.includes(letterId) === isMarked, `many letters were ${to}, and ${from} is told as marked: ${!isMarked}`);
    drill.must(left.includes(letterId) !== isMarked, `many letters were ${to}, and ${from} is told as left: ${isMarked}`);
    const { state } = mail.letter(letterId) ?? {};
    drill.must(state === (isMarked ? to : from), `of many letters one that was ${from} is ${state}, wanted it ${to}`);
  }
  // Read before they were marked: whoever wrote them since has decided.
  const { result: late } = await markAll(drill, mail, read, to);
  drill.must(late?.marked.length === 0, `letters that were written since are marked: ${late?.marked.join(", ")}`);
}

/** Who is overtaken looks again. */
async function drillMarkRaces(drill: Drill, mail: DeadMail): Promise<void> {
  for (const [rival, wanted] of [
    ["discarded", "not-open"],
    ["acknowledged", "acknowledged"],
  ] as const) {
    const letterId = await letterIn(drill, mail, "open");
    const work = async ({ letters }: Ports): Promise<void> =>
      void (await markLetter(letterId, mail.mark(rival, "first"), letters));
    await interpose(drill, { at: "letters.put", rival: { name: "mark first", work } }, async () => {
      await drill.ask("mark", async ({ letters }) => {
        const end = await markLetter(letterId, mail.mark("acknowledged", "second"), letters);
        const said = typeof end === "string" ? end : end.state;
        drill.must(said === wanted, `who was overtaken by a letter that was ${rival} hears ${said}`);
        const why = typeof end === "string" ? "first" : end.history.at(-1)?.why;
        drill.must(why === "first", `who was overtaken hears that its own mark stands: ${why}`);
      });
    });
    drill.must(
      mail.letter(letterId)?.state === rival,
      `a letter that was ${rival} is ${mail.letter(letterId)?.state} after a race`,
    );
  }
}

/** Ten at a time, each told to whoever watches; a run that is cancelled leaves whole tens behind it. */
async function drillCourse(drill: Drill, mail: DeadMail): Promise<void> {
  const rows: readonly (readonly [count: number, tens: string])[] = [
    [0, ""],
    [1, "1"],
    [10, "10"],
    [11, "10 1"],
    [20, "10 10"],
  ];
  for (const [count, tens] of rows) {
    const letters = await mail.unreadable(count);
    const watched = courseOf();
    const { result } = await markAll(drill, mail, letters, "acknowledged", watched.course);
    drill.must(watched.passed.join(" ") === tens, `${count} letters went as ${watched.passed.join(" ")}, wanted ${tens}`);
    drill.must(
      result?.end === "done" && result.marked.length === count,
      `of ${count} letters ${result?.marked.length} were marked`,
    );
  }
  for (const [after, marked] of [
    [0, 0],
    [10, 10],
  ] as const) {
    const letters = await mail.unreadable(25);
    const { course } = courseOf(after);
    const { result } = await markAll(drill, mail, letters, "acknowledged", course);
    drill.must(result?.end === "cancelled", `a run that was cancelled after ${after} says ${result?.end}`);
    const seen = letters.filter(({ letterId }) => mail.letter(letterId)?.state === "acknowledged").length;
    drill.must(seen === marked, `a run that was cancelled after ${after} marked ${seen}`);
  }
  // Somebody changes their mind while the last ones are read.
  const letters = await mail.unreadable(3);
  let isCancelled = false;
  function* reading(): Generator<Letter> {
    yield* letters;
    isCancelled = true;
  }
  const course = { isCancelled: () => isCancelled, passed: async (): Promise<void> => undefined };
  const { result } = await markAll(drill, mail, reading(), "acknowledged", course);
  drill.must(
    result?.end === "cancelled" && result.marked.length === 0,
    `a run that was cancelled at its end says ${JSON.stringify(result)}`,
  );
}

/** A letter that came to this state as letters do. */
async function letterIn(drill: Drill, mail: DeadMail, state: LetterState): Promise<string> {
  const task = mail.build(mail.name("feed"));
  const delivery = mail.delivery(task);
  const letterId = letterIdOf(task, delivery.messageId);
  await mail.taken(delivery);
  if (state === "acknowledged" || state === "discarded")
    await drill.ask("mark", async ({ letters }) => await markLetter(letterId, mail.mark(state), letters));
  if (state === "replaying") await drill.ask("replay", async (ports) => await sendNowhere(letterId, ports, drill));
  // There is no such feed, so that a replay has nothing to do.
  if (state === "resolved") await drill.ask("replay", async (ports) => await replayLetter(letterId, ports, drill.context()));
  drill.must(
    mail.letter(letterId)?.state === state,
    `${letterId} is ${mail.letter(letterId)?.state}, wanted ${state} to begin with`,
  );
  return letterId;
}

async function lettersIn(drill: Drill, mail: DeadMail, states: readonly LetterState[]): Promise<readonly string[]> {
  const letterIds: string[] = [];
  for (const state of states) letterIds.push(await letterIn(drill, mail, state));
  return letterIds;
}

/** Its task is lost on the way, so that nothing comes of it. */
async function sendNowhere(letterId: string, ports: Ports, drill: Drill): Promise<void> {
  const exports = { sendExports: async (): Promise<void> => undefined };
  await replayLetter(letterId, { ...ports, exports }, drill.context());
}

async function markAll(
  drill: Drill,
  mail: DeadMail,
  letters: Iterable<Letter>,
  to: Mark["state"],
  course: Course = courseOf().course,
): Promise<{ readonly result: MarksReport | undefined }> {
  return await played(drill, "mark many", async ({ letters: book }) => await markLetters(letters, mail.mark(to), book, course));
}

/** @param cancelledAfter letters after which whoever began it wants no more */
function courseOf(cancelledAfter = Number.POSITIVE_INFINITY): { readonly course: Course; readonly passed: readonly number[] } {
  const passed: number[] = [];
  const isCancelled = (): boolean => passed.reduce((sum, count) => sum + count, 0) >= cancelledAfter;
  return { course: { isCancelled, passed: async (count) => void passed.push(count) }, passed };
}
