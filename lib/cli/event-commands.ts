/** `calferry event`: list, get, put, delete and batch. */
import type { Command } from "commander";

import { readInput } from "../api/read-input.ts";
import { DeleteEventQuery, EventBatch, EventInput } from "../contract/event-input.ts";
import { EventsQuery } from "../contract/event-view.ts";
import type { EventPage, EventView } from "../contract/event-view.ts";
import type { EventBody } from "../core/edit-events.ts";
import type { EditedPush } from "../sync/edit-push.ts";
import { answer } from "./answer.ts";
import { tellEdited, tellEvent, tellPage } from "./event-views.ts";
import { parseJson, readText } from "./read-text.ts";
import { addSpreadCommands } from "./spread-commands.ts";
import type { Connection, Globals, Terminal } from "./terminal.ts";

type ListOptions = {
  readonly from?: string;
  readonly to?: string;
  readonly zone?: string;
  readonly limit: string;
  readonly whole?: boolean;
  readonly feed?: boolean;
};
type WriteOptions = { readonly ifMatch?: string; readonly create?: boolean; readonly recurrenceId?: string };

export function addEventCommands(program: Command, terminal: Terminal): void {
  const event = program
    .command("event", { hidden: true })
    .description("events of a calendar: list, get; put, delete, batch; spread over many")
    .addHelpText("after", "\nExample:\n  calferry event list k3v0q8x2m7c1a5ze --local");
  addList(event, terminal);
  addGet(event, terminal);
  addPut(event, terminal);
  addDelete(event, terminal);
  addBatch(event, terminal);
  addSpreadCommands(event, terminal);
}

function addList(event: Command, terminal: Terminal): void {
  event
    .command("list")
    .argument("<calendar>", "its id, or a feed's with --feed")
    .description("occurrences of a window, by start")
    .option("--from <when>", "2026-05-06 or 2026-05-06T10:00Z (today if absent)")
    .option("--to <when>", "not included (31 days later if absent)")
    .option("--zone <name>", "of dates and floating times (the calendar's if absent)")
    .option("--limit <count>", "at most 200", "50")
    .option("--feed", "of a feed, as its subscribers see it")
    .option("--whole", "events as they stand, by UID, instead of occurrences")
    .addHelpText("after", "\nExample:\n  calferry event list k3v0q8x2m7c1a5ze --from 2026-05-01 --to 2026-06-01")
    .action(async (id: string, { whole, feed, ...options }: ListOptions, command: Command) => {
      const query = readInput(EventsQuery, { ...options, expand: whole === true ? "false" : "true" }, "arguments");
      const ask = async (connection: Connection): Promise<EventPage | "not-modified"> => {
        // Loaded here: it reads calendars, and the other commands should not wait for that.
        const [{ listEvents }, { listFeedEvents }] = await Promise.all([
          import("../sync/list-events.ts"),
          import("../sync/list-feed-events.ts"),
        ]);
        const asked = { query, ifNoneMatch: undefined };
        const list = feed === true ? listFeedEvents : listEvents;
        return (await list(id, asked, connection, connection.now())).page;
      };
      await answer(terminal, command, ask, (page) => (page === "not-modified" ? "" : tellPage(page)));
    });
}

function addGet(event: Command, terminal: Terminal): void {
  event
    .command("get")
    .argument("<calendar>", "its id")
    .argument("<uid>", "as a listing shows it")
    .description("one event with its overrides")
    .option("--ics", "as an iCalendar, which can be put back as it is")
    .addHelpText("after", "\nExample:\n  calferry event get k3v0q8x2m7c1a5ze order-7 --ics > order-7.ics")
    .action(async (calendarId: string, uid: string, { ics }: { readonly ics?: boolean }, command: Command) => {
      const show = async (connection: Connection): Promise<{ readonly view: EventView; readonly ics: () => string }> => {
        const { showEvent } = await import("../sync/list-events.ts");
        return await showEvent(calendarId, uid, connection);
      };
      if (ics === true) {
        const shown = await show(await terminal.connect(command.optsWithGlobals<Globals>()));
        terminal.print(shown.ics().trimEnd());
        return;
      }
      await answer(terminal, command, async (connection) => (await show(connection)).view, tellEvent);
    });
}

function addPut(event: Command, terminal: Terminal): void {
  event
    .command("put")
    .argument("<calendar>", "its id")
    .argument("<uid>", "the event's UID")
    .argument("[file]", "JSON or iCalendar; standard input if absent", "-")
    .description("put one whole event: what it does not say is gone")
    .option("--if-match <etag>", "only where the event is still as that")
    .option("--create", "only where there is none")
    .addHelpText("after", "\nExample:\n  calferry event put k3v0q8x2m7c1a5ze order-7 order-7.json --create")
    .action(async (calendarId: string, uid: string, file: string, options: WriteOptions, command: Command) => {
      const body = bodyOf(await readText(file, terminal));
      const conditions = { ifMatch: quoted(options.ifMatch), ...(options.create === true ? { ifNoneMatch: "*" } : {}) };
      const ask = async (connection: Connection): Promise<EditedPush> => {
        const { putEvent } = await import("../sync/put-event.ts");
        return await putEvent({ calendarId, uid, body, conditions }, connection, connection);
      };
      await answer(terminal, command, ask, tellEdited);
    });
}

function bodyOf(text: string): EventBody {
  if (!text.trimStart().startsWith("{")) return { kind: "ics", bytes: new TextEncoder().encode(text), contentType: undefined };
  return { kind: "json", event: readInput(EventInput, parseJson(text), "arguments") };
}

function addDelete(event: Command, terminal: Terminal): void {
  event
    .command("delete")
    .argument("<calendar>", "its id")
    .argument("<uid>", "the event's UID")
    .description("delete one event with its overrides, or one override")
    .option("--recurrence-id <when>", "of the override: its occurrence is then as the series says")
    .option("--if-match <etag>", "only where the event is still as that")
    .addHelpText("after", "\nExample:\n  calferry event delete k3v0q8x2m7c1a5ze order-7")
    .action(async (calendarId: string, uid: string, options: WriteOptions, command: Command) => {
      const { recurrenceId } = readInput(DeleteEventQuery, { recurrenceId: options.recurrenceId }, "arguments");
      const conditions = { ifMatch: quoted(options.ifMatch) };
      const ask = async (connection: Connection): Promise<EditedPush> => {
        const { deleteEvent } = await import("../sync/delete-event.ts");
        return await deleteEvent({ calendarId, uid, recurrenceId, conditions }, connection, connection);
      };
      await answer(terminal, command, ask, tellEdited);
    });
}

function addBatch(event: Command, terminal: Terminal): void {
  event
    .command("batch")
    .argument("<calendar>", "its id")
    .argument("[file]", "JSON as for the API; standard input if absent", "-")
    .description("put and delete up to 500 events, whole or not at all")
    .option("--if-match <version>", "only where the calendar is still at that version")
    .addHelpText("after", "\nExample:\n  calferry event batch k3v0q8x2m7c1a5ze changes.json")
    .action(async (calendarId: string, file: string, options: WriteOptions, command: Command) => {
      const batch = readInput(EventBatch, parseJson(await readText(file, terminal)), "arguments");
      const conditions = { ifMatch: quoted(options.ifMatch) };
      const ask = async (connection: Connection): Promise<EditedPush> => {
        const { applyBatch } = await import("../sync/apply-batch.ts");
        return await applyBatch({ calendarId, batch, conditions }, connection, connection);
      };
      await answer(terminal, command, ask, tellEdited);
    });
}

/** Shells eat the quotes of an entity tag. */
function quoted(etag: string | undefined): string | undefined {
  return etag === undefined || etag === "*" || etag.startsWith('"') ? etag : `"${etag}"`;
}
