/** A build is broken off at each of its calls and overtaken at some: subscribers, apps and people with a letter get what they would have got anyway. */
import type { ExportTask } from "../../lib/contract/task.ts";
import { breakOffEverywhere } from "./broken-off.ts";
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";
import { Press } from "./press.ts";
import type { Process } from "./simulation.ts";

export async function drillFlips(drill: Drill): Promise<void> {
  const [one, two] = drill.pupilsApart();
  const press = await Press.of(drill, [one.calendarId, two.calendarId]);
  await breakOffBuilds(drill, press);
  await breakOffEqual(drill, press);
  await breakOffTelling(drill, press);
  await drillOvertaken(drill, press);
  await drillRemovedMeanwhile(drill, press);
  await drillUntold(drill);
}

/** What is sent to the workers, and who of them is broken off: the first who gets it. */
class Errand {
  task: ExportTask;
  private readonly press: Press;

  constructor(press: Press) {
    this.press = press;
    this.task = press.task();
  }

  renew(): void {
    this.task = this.press.task({ definition: this.press.definition });
  }

  readonly send = async ({ exports }: Ports): Promise<void> => await exports.sendExports([this.task], 0);

  readonly isFirst = ({ task, receives }: Process): boolean => task?.taskId === this.task.taskId && receives === 1;
}

async function breakOffBuilds(drill: Drill, press: Press): Promise<void> {
  const errand = new Errand(press);
  let name = "";
  await breakOffEverywhere(drill, {
    name: "build",
    before: () => {
      name = press.rename();
      press.openLetter();
      errand.renew();
    },
    work: errand.send,
    whose: errand.isFirst,
    after: (where) => {
      drill.must(press.ics.includes(`NAME:${name}`), `subscribers do not get ${name}: ${where}`);
      mustBeTold(drill, press, where);
    },
  });
}

/** Another definition, and the very same bytes: nothing is published, and the letter is answered. */
async function breakOffEqual(drill: Drill, press: Press): Promise<void> {
  const errand = new Errand(press);
  let etag: string | undefined;
  await breakOffEverywhere(drill, {
    name: "build the same",
    before: () => {
      const people = press.feed.policy.people === "keep" ? "drop" : "keep";
      drill.simulation.world.feeds.metas.set(press.feedId, { ...press.feed, policy: { ...press.feed.policy, people } });
      press.openLetter();
      errand.renew();
      etag = press.build?.etag;
    },
    work: errand.send,
    whose: errand.isFirst,
    after: (where) => {
      drill.must(press.build?.etag === etag, `equal bytes moved the ETag: ${where}`);
      drill.must(press.build?.definition === press.definition, `the feed was not built as it is defined: ${where}`);
      mustBeTold(drill, press, where);
    },
  });
}

/** Whoever flipped died right after: the next worker finds it built, and does the rest. */
async function breakOffTelling(drill: Drill, press: Press): Promise<void> {
  const errand = new Errand(press);
  await breakOffEverywhere(drill, {
    name: "tell of a build",
    before: async () => {
      press.rename();
      press.openLetter();
      errand.renew();
      await press.run(errand.task, (method) => (method === "feeds.flip" ? "crash-after" : undefined));
      drill.must(press.build?.untold === press.build?.revision, "a flipped build does not say that nobody was told of it");
    },
    work: errand.send,
    whose: errand.isFirst,
    after: (where) => mustBeTold(drill, press, where),
  });
}

function mustBeTold(drill: Drill, press: Press, where: string): void {
  const { build, letter } = press;
  const revision = Number.parseInt(build?.objectKey?.split("/")[2] ?? "", 10);
  const times = press.timesTold(revision);
  drill.must(build?.untold === undefined && times >= 1, `revision ${revision} was published and told no app: ${where}`);
  drill.must(times <= 2, `apps heard ${times} times of revision ${revision}: ${where}`);
  drill.must(letter?.state === "resolved", `the feed was built and its letter is ${letter?.state}: ${where}`);
}

/** Others build in between: whoever lost tells nobody of what it made, and builds what there is by now. */
async function drillOvertaken(drill: Drill, press: Press): Promise<void> {
  for (const at of ["feeds.calendars", "objects.putFeed", "feeds.flip"]) {
    press.rename();
    let isPassed = false;
    let name = "";
    const rival = {
      name: "another worker",
      work: async (ports: Ports): Promise<void> => {
        isPassed = true;
        await press.print(press.task(), ports);
        name = press.rename();
      },
    };
    const { end } = await press.run(press.task(), (method) => (method === at && !isPassed ? rival : undefined));
    drill.must(end?.kind === "done" && end.status === "exported", `a build that was overtaken ended ${JSON.stringify(end)}`);
    drill.must(press.ics.includes(`NAME:${name}`), `a build that was overtaken at ${at} does not show ${name}`);
    drill.must(press.build?.untold === undefined, `a build that was overtaken at ${at} was told to nobody`);
  }
}

/** What was published of a feed that is removed by now nobody hears of any more. */
async function drillRemovedMeanwhile(drill: Drill, press: Press): Promise<void> {
  const { feeds } = drill.simulation.world;
  for (const how of ["marked", "forgotten"] as const) {
    press.rename();
    const task = press.task({ definition: press.definition });
    await press.run(task, (method) => (method === "feeds.flip" ? "crash-after" : undefined));
    const { feed, build } = press;
    const rival = {
      name: "remove it",
      work: async (ports: Ports): Promise<void> => {
        await ports.feeds.markRemoved(feed.feedId, drill.context().now().toISOString());
        if (how === "forgotten") await ports.feeds.deleteFeed(feed.feedId);
      },
    };
    const { end } = await press.run(task, (method) => (method === "feeds.load" ? rival : undefined));
    drill.must(end?.kind === "done", `a build of a feed that was ${how} meanwhile ended ${JSON.stringify(end)}`);
    drill.must(press.timesTold(build?.revision) === 0, `apps heard of a feed that was ${how}`);
    // Nobody removed it after all.
    feeds.metas.set(feed.feedId, feed);
  }
  await press.must(press.task({ definition: press.definition }), "duplicate", "has the definition");
}

/** Apps hear of what is published although its calendars are gone by now, and although nobody can clear away what is old. */
async function drillUntold(drill: Drill): Promise<void> {
  const { calendars } = drill.simulation.world;
  const [, , pupil] = drill.pupilsApart();
  const press = await Press.of(drill, [pupil.calendarId]);
  press.rename();
  await press.run(press.task(), (method) => (method === "feeds.flip" ? "crash-after" : undefined));
  const { calendar } = pupil;
  calendars.metas.set(calendar.calendarId, { ...calendar, state: "removed" });
  await press.must(press.task(), "unchanged", "has lost its calendars");
  drill.must(press.timesTold(press.build?.revision) === 1, "apps never heard of what was published last");
  calendars.metas.set(calendar.calendarId, calendar);
  press.openLetter();
  press.rename();
  await press.run(press.task(), (method) => (method === "feeds.flip" ? "error-before" : undefined));
  drill.must(press.letter?.state === "open", "a letter was answered by a build that subscribers do not have");
  await press.run(press.task(), (method) => (method === "objects.pruneFeed" ? "error-before" : undefined));
  drill.must(press.timesTold(press.build?.revision) === 1, "apps do not hear of a feed while old objects cannot be deleted");
}
