/** `calferry member`: which calendars a feed is made of, and what each shows. */
import type { Command } from "commander";

import { viewFeed } from "../api/feed-views.ts";
import { readInput } from "../api/read-input.ts";
import { MemberList, MemberPut } from "../contract/feed.ts";
import type { MembersView } from "../contract/feed-view.ts";
import { memberViews } from "../core/registry.ts";
import { putMember, removeMember, setMembers } from "../sync/change-members.ts";
import { answer } from "./answer.ts";
import { numberOf, filtersOf, tellFilters, withFilters } from "./filter-options.ts";
import type { FilterOptions } from "./filter-options.ts";
import { tableOf } from "./table.ts";
import type { Connection, Terminal } from "./terminal.ts";

type PutOptions = FilterOptions & { readonly position?: string; readonly days?: string };

const COLUMNS = [
  { head: "PLACE", align: "right" as const },
  { head: "CALENDAR" },
  { head: "MASK" },
  { head: "FILTERS", width: 40 },
];
const EXAMPLE = "\nExample:\n  calferry member put k3v0q8x2m7c1a5ze b0d9f2m4q6s8u1w3:busy";

/** Shown in one line with `feed`. */
export function addMemberCommands(program: Command, terminal: Terminal): void {
  const member = program
    .command("member", { hidden: true })
    .description("calendars of a feed: list, put, set, remove")
    .addHelpText("after", EXAMPLE);
  member
    .command("list")
    .argument("<feed>")
    .description("the calendars of a feed, in its order")
    .addHelpText("after", "\nExample:\n  calferry member list k3v0q8x2m7c1a5ze --json")
    .action(async (feedId: string, _options: unknown, command: Command) => {
      const ask = async ({ feeds, now }: Connection): Promise<MembersView> => {
        const { members } = await viewFeed(feedId, feeds, now());
        return { members };
      };
      await answer(terminal, command, ask, tellMembers);
    });
  addPut(member, terminal);
  addSet(member, terminal);
  member
    .command("remove")
    .argument("<feed>")
    .argument("<calendar>")
    .description("take a calendar out of a feed")
    .addHelpText("after", "\nExample:\n  calferry member remove k3v0q8x2m7c1a5ze b0d9f2m4q6s8u1w3")
    .action(async (feedId: string, calendarId: string, _options: unknown, command: Command) => {
      const ask = async (connection: Connection): Promise<MembersView> => ({
        members: memberViews(await removeMember({ feedId, calendarId }, connection, connection)),
      });
      await answer(terminal, command, ask, tellMembers);
    });
}

function addPut(member: Command, terminal: Terminal): void {
  const put = member
    .command("put")
    .argument("<feed>")
    .argument("<calendar[:mask]>")
    .description("put a calendar in, or change its mask, place or filters")
    .option("--position <n>", "place in the list, from 0");
  withFilters(put)
    .option("--days <past:future>", "how far its events reach: 30:90, 30: or :90")
    .addHelpText("after", EXAMPLE)
    .action(async (feedId: string, named: string, options: PutOptions, command: Command) => {
      const { calendarId, ...mask } = memberOf(named);
      const { position, days } = options;
      const filters = filtersOf(options, horizonOf(days));
      const written = { ...mask, position: position === undefined ? undefined : numberOf(position), filters };
      const read = readInput(MemberPut, written, "arguments");
      const ask = async (connection: Connection): Promise<MembersView> => ({
        members: memberViews(await putMember({ feedId, calendarId }, read, connection, connection)),
      });
      await answer(terminal, command, ask, tellMembers);
    });
}

function addSet(member: Command, terminal: Terminal): void {
  member
    .command("set")
    .argument("<feed>")
    .argument("<calendars...>")
    .description("make a feed of these calendars alone, in this order: each ID or ID:MASK")
    .addHelpText("after", "\nExample:\n  calferry member set k3v0q8x2m7c1a5ze b0d9f2m4q6s8u1w3 h4j6l8n0p2r4t6v8:titles")
    .action(async (feedId: string, named: readonly string[], _options: unknown, command: Command) => {
      const { members } = readInput(MemberList, { members: named.map(memberOf) }, "arguments");
      const ask = async (connection: Connection): Promise<MembersView> => ({
        members: memberViews(await setMembers(feedId, members, connection, connection)),
      });
      await answer(terminal, command, ask, tellMembers);
    });
}

/** `30:90`, `30:` or `:90`. */
function horizonOf(days: string | undefined): Readonly<Record<string, unknown>> {
  const [past = "", ...future] = (days ?? "").split(":");
  const ahead = future.join(":");
  return {
    ...(past === "" ? {} : { pastDays: numberOf(past) }),
    ...(ahead === "" ? {} : { futureDays: numberOf(ahead) }),
  };
}

/** `ID` or `ID:MASK`. */
export function memberOf(named: string): { readonly calendarId: string; readonly mask?: string } {
  const [calendarId = "", ...mask] = named.split(":");
  return mask.length === 0 ? { calendarId } : { calendarId, mask: mask.join(":") };
}

function tellMembers({ members }: MembersView): string {
  const rows = members.map(({ calendarId, mask, position, filters }) => [
    String(position),
    calendarId,
    mask,
    tellFilters(filters) ?? "-",
  ]);
  return tableOf(COLUMNS, rows, "no calendars; put one in with: calferry member put FEED CALENDAR");
}
