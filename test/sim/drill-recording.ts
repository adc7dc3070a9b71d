/** What becomes of each message of a dead-letter queue: a letter that people hear of once, or nothing where its work was done after it. */
import { letterIdOf, readDead } from "../../lib/core/letters.ts";
import type { DeadDelivery } from "../../lib/core/letters.ts";
import { groupOf } from "../../lib/core/alert-groups.ts";
import { markLetter } from "../../lib/sync/mark-letter.ts";
import { recordLetter } from "../../lib/sync/record-letter.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import { DeadMail } from "./dead-mail.ts";
import type { Drill } from "./drill.ts";
import type { Ports } from "./desk.ts";

/** Ways in which people and apps are told. */
const TELLING = /^(?:alerts|topic|webhook|changes)\./u;

export async function drillRecording(drill: Drill): Promise<void> {
  const mail = new DeadMail(drill);
  await drillOutcomes(drill, mail);
  await drillSameAgain(drill, mail);
  await drillOtherCode(drill, mail);
  await drillRuns(drill, mail);
  await mail.discardAll();
}

/** Whether the work of a dead message was done after it. */
async function drillOutcomes(drill: Drill, mail: DeadMail): Promise<void> {
  const [{ calendarId, checkpoint }, , third] = drill.pupilsApart();
  const successAt = checkpoint.lastSuccessAt ?? "";
  const [before, after] = [shifted(successAt, -1), shifted(successAt, 1)];
  const [feedId, build] = builtFeed(drill);
  const begunAt = build.begunAt ?? "";
  const [member = "", version = 0] = Object.entries(build.members)[0] ?? [];
  const committed = (calendarVersion: number) => mail.build(feedId, { calendarId: member, calendarVersion, reason: "commit" });
  const oneOff = mail.asked(calendarId);
  const rows: readonly (readonly [what: string, delivery: DeadDelivery, taken: string])[] = [
    ["a turn before the last success", mail.delivery(mail.turn(calendarId), { sentAt: before }), "superseded"],
    ["a turn at the moment of the last success", mail.delivery(mail.turn(calendarId), { sentAt: successAt }), "opened"],
    ["a turn after the last success", mail.delivery(mail.turn(calendarId), { sentAt: after }), "opened"],
    [
      "a replay of turns before the last success",
      mail.delivery(mail.asked(calendarId, { reason: "replay", replayOf: `import-${calendarId}` }), { sentAt: before }),
      "superseded",
    ],
    ["what somebody asked for before a success", mail.delivery(oneOff, { sentAt: before }), "opened"],
    ["a turn of a calendar that was removed", mail.delivery(mail.turn("removed")), "opened"],
    ["a build of a version that the feed has", mail.delivery(committed(version), { sentAt: shifted(begunAt, 1) }), "superseded"],
    ["a build of a version to come", mail.delivery(committed(version + 1), { sentAt: begunAt }), "opened"],
    ["a build before one that began later", mail.delivery(mail.build(feedId), { sentAt: shifted(begunAt, -1) }), "superseded"],
    ["a build at the moment at which the last one began", mail.delivery(mail.build(feedId), { sentAt: begunAt }), "opened"],
    ["a build of a feed that is none", mail.delivery(mail.build("nobody's")), "opened"],
    ["a download", mail.delivery(mail.download()), "opened"],
    ["what nobody can read", mail.delivery("no task at all"), "opened"],
    ["a cron time", lost(mail, { calendarId: third.calendarId, ownerId: "ann", reason: "cron", dueAt: after }), "opened"],
  ];
  for (const [what, delivery, wanted] of rows) {
    const { result } = await mail.record(delivery);
    const letter = mail.letter(letterIdOf(readDead(delivery.body), delivery.messageId));
    drill.must(result === wanted, `${what} was ${result}, wanted ${wanted}`);
    const isClosed = letter?.state === "resolved";
    drill.must(isClosed === (wanted === "superseded"), `${what} was ${wanted}, and its letter is ${letter?.state}`);
  }
  await drillNoLetter(drill, mail);
}

/** The next tick owes its minutes, and a reservation's record stands: there is nothing to record. */
async function drillNoLetter(drill: Drill, mail: DeadMail): Promise<void> {
  for (const call of [{ tick: true }, { reservationId: "r", revision: 1 }]) {
    const { result, calls } = await mail.record(lost(mail, call));
    drill.must(result === "superseded" && calls.length === 0, `${JSON.stringify(call)} was ${result} by ${calls.join(", ")}`);
  }
  const repeat = lost(mail, { repeatId: "weekly", ownerId: "ann", dueAt: "2026-05-06T07:00:00Z" });
  await mail.record(repeat);
  const said = mail.letter(letterIdOf(undefined, repeat.messageId))?.reason ?? "nothing";
  drill.must(said.includes("repeat weekly, due 2026-05-06T07:00:00Z"), `of a lost repeat its letter says ${said}`);
}

/** One more turn of the same trouble is counted and told nobody; a delivery that comes twice is not even counted. */
async function drillSameAgain(drill: Drill, mail: DeadMail): Promise<void> {
  const calendarId = "gone-same";
  const letterId = `import-${calendarId}`;
  const failed = (code: string): DeadDelivery => mail.delivery(mail.turn(calendarId), { code, host: "same.example" });
  const first = failed("source-not-found");
  drill.must((await mail.record(first)).result === "opened", `the first letter of ${calendarId} was not opened`);
  await drill.ask("acknowledge", async ({ letters }) => await markLetter(letterId, mail.mark("acknowledged"), letters));
  const known = await mail.record(failed("source-not-found"));
  drill.must(
    known.result === "opened" && toldIn(known.calls) === "",
    `the same trouble again was told by ${toldIn(known.calls)}`,
  );
  drill.must(mail.standing(letterId) === "acknowledged after 2", `${letterId} is ${mail.standing(letterId)}`);
  const reads = known.calls.filter((call) => call === "letters.get").length;
  drill.must(reads === 1, `one delivery read its letter ${reads} times`);
  const doubled = await mail.record(first);
  drill.must(doubled.result === "doubled", `a delivery that came twice was ${doubled.result}`);
  drill.must(doubled.calls.join(" ") === "letters.get", `a delivery that came twice was ${doubled.calls.join(", ")}`);
  const news = await mail.record(failed("source-forbidden"));
  drill.must(toldIn(news.calls).includes("changes.publish"), "another trouble of a letter was told nobody");
  drill.must(mail.standing(letterId) === "open after 3", `${letterId} is ${mail.standing(letterId)} after another trouble`);

  // SQS delivers it twice at once.
  const both = failed("source-gone");
  let taken: string | undefined;
  const record = async (ports: Ports): Promise<void> =>
    void (await recordLetter(both, ports, drill.simulation.world.clock.now()));
  await interpose(drill, { at: "letters.put", rival: { name: "record", work: record } }, async () => {
    taken = await mail.taken(both);
  });
  drill.must(taken === "doubled", `a delivery that came twice at once was ${taken}`);
  drill.must(mail.standing(letterId) === "open after 4", `${letterId} is ${mail.standing(letterId)} after a doubled delivery`);
  const count = drill.simulation.world.alerts.stored.get("import|source-gone|same.example")?.count;
  drill.must(count === 1, `the alert of one letter counts ${count}`);
  await drillLostRaces(drill, mail, calendarId);
}

/** Whoever loses its write to somebody else writes again what both say. */
async function drillLostRaces(drill: Drill, mail: DeadMail, calendarId: string): Promise<void> {
  const letterId = `import-${calendarId}`;
  const acknowledge = async ({ letters }: Ports): Promise<void> =>
    void (await markLetter(letterId, mail.mark("acknowledged"), letters));
  const again = mail.delivery(mail.turn(calendarId), { code: "source-gone", host: "same.example" });
  await interpose(
    drill,
    { at: "letters.put", rival: { name: "acknowledge", work: acknowledge } },
    async () => void (await mail.taken(again)),
  );
  drill.must(mail.standing(letterId) === "acknowledged after 5", `${letterId} is ${mail.standing(letterId)} after a lost write`);

  const [, , , late] = drill.pupilsApart();
  const sentAt = shifted(late.checkpoint.lastSuccessAt ?? "", -1);
  const superseded = (): DeadDelivery => mail.delivery(mail.turn(late.calendarId), { sentAt });
  const rival = superseded();
  const record = async (ports: Ports): Promise<void> =>
    void (await recordLetter(rival, ports, drill.simulation.world.clock.now()));
  await interpose(drill, { at: "letters.put", rival: { name: "record", work: record } }, async () => {
    const result = await mail.taken(superseded());
    drill.must(result === "superseded", `a delivery whose work was done was ${result} in a race`);
  });
  const standing = mail.standing(`import-${late.calendarId}`);
  drill.must(standing === "resolved after 2", `two deliveries at once are ${standing}`);
}

/** Within one outage each code of a host is one alert, which finds the letters of all of them, wherever their recorder dies. */
async function drillOtherCode(drill: Drill, mail: DeadMail): Promise<void> {
  const { alerts, told } = drill.simulation.world;
  let [first, other] = [mail.delivery(""), mail.delivery("")];
  let host = "";
  const record = async (delivery: DeadDelivery, ports: Ports): Promise<unknown> =>
    await recordLetter(delivery, ports, drill.simulation.world.clock.now());
  const begin = (): void => {
    host = `${mail.name("outage")}.example`;
    const task = mail.turn(mail.name("gone"));
    first = mail.delivery(task, { host, code: "source-timeout" });
    other = mail.delivery(task, { host, code: "source-dns" });
  };
  const idOf = ({ body, messageId }: DeadDelivery): string => letterIdOf(readDead(body), messageId);
  await breakOffEverywhere(drill, {
    name: "record a first",
    before: async () => begin(),
    work: async (ports) => await record(first, ports),
    after: (where) => {
      const letter = mail.letter(idOf(first));
      drill.must(letter?.count === 1 && letter.toldAt !== undefined, `a letter is ${JSON.stringify(letter)}: ${where}`);
      const group = alerts.stored.get(groupOf({ kind: "import", code: "source-timeout", host }));
      drill.must(group !== undefined, `no alert tells of ${letter?.letterId}: ${where}`);
      const isTold = told.some((message) => message.kind === "letter.opened" && message.letterId === letter?.letterId);
      drill.must(isTold, `no app heard of ${letter?.letterId}: ${where}`);
    },
  });
  await breakOffEverywhere(drill, {
    name: "record another code",
    before: async () => {
      begin();
      await drill.ask("record a first", async (ports) => await record(first, ports));
    },
    work: async (ports) => await record(other, ports),
    after: (where) => {
      const letter = mail.letter(idOf(other));
      drill.must(letter?.count === 2 && letter.code === "source-dns", `a letter is ${JSON.stringify(letter)}: ${where}`);
      const group = alerts.stored.get(groupOf({ kind: "import", code: "source-dns", host }));
      const isFound = letter !== undefined && group?.fingerprints.includes(letter.fingerprint);
      drill.must(isFound === true && group?.count === 1, `its alert does not find ${letter?.letterId}: ${where}`);
    },
  });
  await drillAppsDown(drill, mail);
}

/** While no app can be told, people hear all the same. */
async function drillAppsDown(drill: Drill, mail: DeadMail): Promise<void> {
  const host = "unheard.example";
  const delivery = mail.delivery(mail.turn("gone-unheard"), { host, code: "source-gone" });
  await drill.planned(
    (_process, method) => (method === "changes.publish" ? "error-before" : undefined),
    async () => void (await mail.taken(delivery)),
  );
  const isRaised = drill.simulation.world.alerts.stored.has(`import|source-gone|${host}`);
  drill.must(isRaised, "while the changes topic was down no alert was raised");
  await mail.record(delivery);
}

/** Who follows what was asked for hears that it was given up, and nobody else's run is touched. */
async function drillRuns(drill: Drill, mail: DeadMail): Promise<void> {
  const [{ calendarId }] = drill.pupilsApart();
  const { runs } = drill.simulation.world.calendars;
  for (const [before, wanted] of [
    ["queued", "failed"],
    ["deferred", "failed"],
    ["imported", "imported"],
    ["unchanged", "unchanged"],
  ] as const) {
    const task = mail.asked(calendarId);
    const { taskId, reason, startAt: startedAt } = task;
    await drill.simulation.world.calendars.putRun({
      version: 1,
      runId: taskId,
      calendarId,
      taskId,
      reason,
      status: before,
      startedAt,
    });
    const delivery = mail.delivery(task);
    await mail.record(delivery);
    const run = runs.get(`${calendarId} ${taskId}`);
    drill.must(run?.status === wanted, `a run that was ${before} is ${run?.status} after its task was given up`);
    drill.must(
      wanted !== "failed" || run?.code === delivery.code,
      `a run failed with ${run?.code}, its letter with ${delivery.code}`,
    );
  }
  const others = [mail.turn(calendarId), mail.build("nobody's"), mail.download(), "no task at all"];
  for (const task of others) {
    const { calls } = await mail.record(mail.delivery(task));
    drill.must(!calls.includes("runs.endWaiting"), `nobody follows ${JSON.stringify(task)}, and its run was ended`);
  }
  const { calls } = await mail.record(mail.delivery(mail.asked(calendarId)));
  drill.must(calls.at(-1) === "runs.endWaiting", "a run ended before its letter was there");
}

/** A call of one of our schedules that Scheduler could not deliver: nobody wrote anything on it. */
function lost(mail: DeadMail, call: object): DeadDelivery {
  return mail.delivery(JSON.stringify(call), { code: undefined, reason: undefined });
}

function toldIn(calls: readonly string[]): string {
  return calls.filter((call) => TELLING.test(call)).join(", ");
}

function builtFeed(
  drill: Drill,
): [feedId: string, build: { readonly begunAt?: string | undefined; readonly members: Readonly<Record<string, number>> }] {
  const builds = [...drill.simulation.world.feeds.builds];
  const found = builds.find(([, { begunAt, members }]) => begunAt !== undefined && Object.keys(members).length > 0);
  if (found === undefined) throw new Error("no feed was built before the drill");
  return found;
}

function shifted(instant: string, byMs: number): string {
  return new Date(Date.parse(instant) + byMs).toISOString();
}
