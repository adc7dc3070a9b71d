/** What a feed says of its sources: how often they are asked, and since when one of them gives nothing; and when it is built again for that. */
import type { Drill, Pupil } from "./drill.ts";
import { Press } from "./press.ts";

const REFRESH_MINUTES = 30;

export async function drillShown(drill: Drill): Promise<void> {
  const [pupil] = drill.pupilsApart();
  const press = await Press.of(drill, [pupil.calendarId]);
  await drillRefresh(drill, press, pupil);
  await drillStaleness(drill, press, pupil);
}

/** Subscribers are told to ask as often as the source is asked, which its own hint may make seldom. */
async function drillRefresh(drill: Drill, press: Press, pupil: Pupil): Promise<void> {
  const { metas } = drill.simulation.world.calendars;
  const { calendar, source } = pupil;
  const { refreshMinutes } = source;
  await rewrite(drill, pupil, REFRESH_MINUTES);
  for (const refreshHint of ["follow", "ignore"] as const) {
    metas.set(pupil.calendarId, { ...calendar, policy: { ...calendar.policy, refreshHint } });
    press.rename();
    await press.must(press.task(), "exported", "was renamed");
    const minutes = refreshHint === "follow" ? REFRESH_MINUTES : calendar.intervalMinutes;
    const isSo = press.ics.includes(`REFRESH-INTERVAL;VALUE=DURATION:PT${minutes}M`);
    drill.must(isSo, `a feed of a calendar with refreshHint ${refreshHint} does not say ${minutes} minutes`);
  }
  metas.set(pupil.calendarId, calendar);
  await rewrite(drill, pupil, refreshMinutes);
}

/** The same events in other bytes. */
async function rewrite(drill: Drill, pupil: Pupil, refreshMinutes: number | undefined): Promise<void> {
  pupil.source.refreshMinutes = refreshMinutes;
  pupil.source.events = [...pupil.source.events];
  await drill.sync(pupil);
}

/** Feeds are built again once when a source gives nothing for a day, and once when it answers, not at each turn in between. */
async function drillStaleness(drill: Drill, press: Press, pupil: Pupil): Promise<void> {
  const since = pupil.checkpoint.lastSuccessAt?.slice(0, 10);
  const sentence = `not updated since ${since} (source-forbidden)`;
  const isSaid = (text = "not updated since"): boolean => press.ics.includes(text);
  pupil.source.manner = { kind: "failing", code: "source-forbidden" };
  drill.must((await sendings(drill, pupil)) === 0 && !isSaid(), "a source that fails for the first time is called stale");
  drill.hours(26);
  drill.must(
    (await sendings(drill, pupil)) === 1 && isSaid(sentence),
    `a source gave nothing for a day, and its feed does not say: ${sentence}`,
  );
  drill.must((await sendings(drill, pupil)) === 0, "feeds are built at each turn of a source that gives nothing");
  pupil.source.manner = { kind: "well" };
  drill.must((await sendings(drill, pupil)) === 1 && !isSaid(), "a source answers again, and its feed says that it does not");
}

/** Times that an import has the calendar's feeds built. */
async function sendings(drill: Drill, pupil: Pupil): Promise<number> {
  let count = 0;
  await drill.planned(
    ({ task }, method) => {
      if (task?.kind === "import" && method === "exports.sendExports") count += 1;
      return undefined;
    },
    async () => await drill.sync(pupil),
  );
  return count;
}
