/** An app puts and deletes single events of its push calendar: what each edit comes to, what it is refused for, and that one that changes nothing writes nothing. */
import { EventBatch, EventInput } from "../../lib/contract/event-input.ts";
import { EventSpread } from "../../lib/contract/event-spread.ts";
import type { Conditions } from "../../lib/core/event-tag.ts";
import { applyBatch } from "../../lib/sync/apply-batch.ts";
import { clearCalendar } from "../../lib/sync/clear-calendar.ts";
import { deleteEvent } from "../../lib/sync/delete-event.ts";
import type { EditedPush } from "../../lib/sync/edit-push.ts";
import { showEvent } from "../../lib/sync/list-events.ts";
import { putEvent } from "../../lib/sync/put-event.ts";
import { spreadEvent } from "../../lib/sync/spread-event.ts";
import { sampleEvents } from "../sync/sources.ts";
import { App } from "./app.ts";
import type { Asked } from "./app.ts";
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";

const START = { start: "2040-06-01T09:00:00", zone: "Europe/Lisbon" };
const SERIES = { ...START, rrule: "FREQ=DAILY;COUNT=9" };
/** Of the series' second day, as the calendar has it. */
const SECOND = "20400602T080000Z";

export async function drillEdits(drill: Drill): Promise<void> {
  const app = await App.of(drill);
  await drillClear(drill, app);
  await drillEvents(new Editor(drill, app));
  await drillRefused(new Editor(drill, app));
  await drillBatches(new Editor(drill, app));
  await drillPreview(drill, app);
  await drillBodyAgain(new Editor(drill, app));
}

/** What an edit is to come to; `refused` where none of it is done. */
type Wanted = {
  readonly outcomes?: string;
  readonly counts?: readonly [created: number, updated: number, deleted: number];
  readonly refused?: string;
};
const UNCHANGED: Wanted = { outcomes: "unchanged", counts: [0, 0, 0] };

class Editor {
  readonly drill: Drill;
  readonly app: App;

  constructor(drill: Drill, app: App) {
    this.drill = drill;
    this.app = app;
  }

  async put(uid: string, event: Record<string, unknown>, wanted: Wanted, conditions: Conditions = {}): Promise<void> {
    const body = { kind: "json", event: EventInput.parse({ ...START, ...event }) } as const;
    const { calendarId } = this.app;
    await this.mustCome(
      `put ${uid}`,
      wanted,
      async (ports) => await putEvent({ calendarId, uid, body, conditions }, ports, this.drill.context()),
    );
  }

  async delete(uid: string, recurrenceId: string | undefined, wanted: Wanted, conditions: Conditions = {}): Promise<void> {
    const { calendarId } = this.app;
    await this.mustCome(
      `delete ${uid} ${recurrenceId}`,
      wanted,
      async (ports) => await deleteEvent({ calendarId, uid, recurrenceId, conditions }, ports, this.drill.context()),
    );
  }

  async batch(operations: readonly unknown[], wanted: Wanted): Promise<void> {
    const { calendarId } = this.app;
    const batch = EventBatch.parse({ operations });
    await this.mustCome(
      `batch of ${operations.length}`,
      wanted,
      async (ports) => await applyBatch({ calendarId, batch, conditions: {} }, ports, this.drill.context()),
    );
  }

  /** One version of it where anything changed, none where nothing did, and the tags of what stands now. */
  private async mustCome(name: string, wanted: Wanted, work: (ports: Ports) => Promise<EditedPush>): Promise<void> {
    const { version } = this.app;
    const asked: Asked<EditedPush> = await this.app.ask(work);
    this.mustAnswer(name, wanted, asked);
    const versions = wanted.counts?.some((count) => count > 0) === true ? 1 : 0;
    this.drill.must(this.app.version === version + versions, `${name} made ${this.app.version - version} versions`);
    this.drill.must(asked.calls.includes("calendars.save") === (versions === 1), `${name} wrote: ${asked.calls.join()}`);
    for (const { uid, etag } of asked.answer?.outcomes ?? []) {
      const stands = await this.tagOf(uid);
      this.drill.must(stands === etag, `${name} answered tag ${etag} of ${uid}, which has ${stands}`);
    }
  }

  private mustAnswer(name: string, wanted: Wanted, { answer, refused }: Asked<EditedPush>): void {
    const seen = answer?.outcomes.map(({ outcome }) => outcome).join(" ");
    const isSo = refused === wanted.refused && seen === wanted.outcomes;
    this.drill.must(isSo, `${name} was answered ${seen ?? refused}, wanted ${wanted.outcomes ?? wanted.refused}`);
    if (answer === undefined) return;
    const { created, updated, deleted, calendarVersion } = answer.counts;
    const counts = [created, updated, deleted].join();
    this.drill.must(counts === wanted.counts?.join(), `${name} counts ${counts}, wanted ${wanted.counts?.join()}`);
    this.drill.must(calendarVersion === this.app.version, `${name} says version ${calendarVersion}`);
  }

  /** As who reads it gets it. */
  async tagOf(uid: string): Promise<string | undefined> {
    const { answer, refused } = await this.app.ask(async (ports) => await showEvent(this.app.calendarId, uid, ports));
    this.drill.must(answer?.view.uid === (refused === undefined ? uid : undefined), `${uid} was shown as ${answer?.view.uid}`);
    return answer?.view.etag;
  }
}

async function drillEvents(editor: Editor): Promise<void> {
  const override = (day: string): object => ({
    ...START,
    recurrenceId: `2040-06-${day}T09:00:00`,
    start: `2040-06-${day}T11:00:00`,
  });
  await editor.put("one", { summary: "One" }, { outcomes: "created", counts: [1, 0, 0] });
  await editor.put("one", { summary: "One" }, UNCHANGED);
  await editor.put("one", { summary: "Other" }, { outcomes: "updated", counts: [0, 1, 0] });
  const overrides = [override("02"), override("03")];
  await editor.put("daily", { ...SERIES, overrides }, { outcomes: "created", counts: [3, 0, 0] });
  await editor.put("daily", { ...SERIES, overrides: [...overrides, override("04")] }, { outcomes: "updated", counts: [1, 0, 0] });
  await editor.delete("daily", SECOND, { outcomes: "updated", counts: [0, 0, 1] });
  await editor.delete("one", undefined, { outcomes: "deleted", counts: [0, 0, 1] });
}

async function drillRefused(editor: Editor): Promise<void> {
  const tag = await editor.tagOf("daily");
  await editor.delete("one", undefined, { refused: "event-unknown" });
  await editor.delete("daily", SECOND, { refused: "event-unknown" });
  await editor.put("two", { zone: "Atlantis/Deep" }, { refused: "event-invalid" });
  await editor.put("daily", SERIES, { refused: "precondition-failed" }, { ifNoneMatch: "*" });
  await editor.put("daily", SERIES, { refused: "precondition-failed" }, { ifMatch: '"older"' });
  await editor.delete("daily", undefined, { refused: "precondition-failed" }, { ifMatch: '"older"' });
  await editor.put("two", { summary: "Two" }, { refused: "precondition-failed" }, { ifMatch: "*" });
  await editor.put("daily", SERIES, { outcomes: "updated", counts: [0, 0, 2] }, { ifMatch: tag });
  await editor.put("two", { summary: "Two" }, { outcomes: "created", counts: [1, 0, 0] }, { ifNoneMatch: "*" });
}

/** Many edits are one version, or none of them is done. */
async function drillBatches(editor: Editor): Promise<void> {
  const put = (uid: string, more: Record<string, unknown> = {}): object => ({ op: "put", event: { ...START, uid, ...more } });
  const ics = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:text", "DTSTART:20400601T090000Z", "END:VEVENT", "END:VCALENDAR"].join(
    "\r\n",
  );
  const moved = { ...START, recurrenceId: "2040-06-02T09:00:00", start: "2040-06-02T11:00:00" };
  await editor.batch([put("daily", { ...SERIES, overrides: [moved] }), put("json"), { op: "put", uid: "text", ics }], {
    outcomes: "updated created created",
    counts: [3, 0, 0],
  });
  await editor.batch([put("json", { summary: "New" }), { op: "delete", uid: "nobody" }], { refused: "batch-refused" });
  await editor.batch([put("json"), { op: "delete", uid: "daily", recurrenceId: SECOND }, { op: "delete", uid: "text" }], {
    outcomes: "unchanged updated deleted",
    counts: [0, 0, 2],
  });
  await editor.batch([put("json")], UNCHANGED);
  await editor.batch([{ ...put("json"), ifNoneMatch: "*" }], { refused: "batch-refused" });
  await editor.batch([{ op: "delete", uid: "json", ifMatch: '"older"' }], { refused: "batch-refused" });
}

/** What an edit would come to is said before it is done, and nothing is. */
async function drillPreview(drill: Drill, app: App): Promise<void> {
  const { version } = app;
  const filter = { calendarIds: [app.calendarId] };
  for (const [uid, event, wanted] of [
    ["spread", START, "created"],
    ["json", START, "unchanged"],
    ["json", { ...START, summary: "Preview" }, "updated"],
    ["daily", undefined, "deleted"],
    ["nobody", undefined, "absent"],
  ] as const) {
    const action = event === undefined ? "withdraw" : "put";
    const spread = EventSpread.parse({ action, uid, event, filter, dryRun: true });
    const { answer } = await app.ask(async (ports) => await spreadEvent(spread, ports, drill.context()));
    const seen = answer?.items.map(({ outcome }) => outcome).join();
    drill.must(seen === wanted, `a preview of ${action} ${uid} says ${seen}, wanted ${wanted}`);
  }
  drill.must(app.version === version, "a preview made a version");
}

/** A body that was put before is another content after an edit: putting it again takes the edit back. */
async function drillBodyAgain(editor: Editor): Promise<void> {
  const { drill, app } = editor;
  const body = sampleEvents(3, "Again", "again-");
  await app.put(body);
  await editor.put("extra", { summary: "Extra" }, { outcomes: "created", counts: [1, 0, 0] });
  const { answer } = await app.put(body);
  drill.must(
    answer?.deleted === 1,
    `a body that was put again after an edit deleted ${answer?.deleted} events, wanted the edit's`,
  );
  const cleared = await clear(drill, app);
  drill.must(cleared.answer?.deleted === 3, "a calendar was not cleared");
  const again = await app.put(body);
  drill.must(
    again.answer?.created === 3,
    `a body that was put again after all was cleared created ${again.answer?.created} events`,
  );
}

/** Only a push calendar is emptied, and one that is empty makes no version. */
async function drillClear(drill: Drill, app: App): Promise<void> {
  const unwritten = await clear(drill, app);
  drill.must(unwritten.answer?.deleted === 0 && app.version === 0, "a calendar that nobody wrote was cleared as a version");
  await app.put(sampleEvents(3, "Clear", "clear-"));
  const wrong = await clear(drill, app, { ifMatch: '"0"' });
  drill.must(wrong.refused === "precondition-failed" && app.version === 1, `another version was cleared: ${wrong.refused}`);
  const { answer } = await clear(drill, app, { ifMatch: '"1"' });
  drill.must(
    answer?.deleted === 3 && app.content === "" && app.version === 2,
    `clearing three events deleted ${answer?.deleted}`,
  );
  const again = await clear(drill, app);
  drill.must(again.answer?.deleted === 0 && app.version === 2, "clearing nothing made a version");
  const [pupil] = drill.pupilsApart();
  const imported = await clear(drill, app, {}, pupil.calendarId);
  drill.must(imported.refused === "source-kind-wrong", `an imported calendar was cleared: ${imported.refused}`);
}

async function clear(
  drill: Drill,
  app: App,
  conditions: Conditions = {},
  calendarId = app.calendarId,
): Promise<Asked<Awaited<ReturnType<typeof clearCalendar>>>> {
  return await app.ask(async (ports) => await clearCalendar({ calendarId, conditions }, ports, drill.context()));
}
