/** The app server's day: users, sources that change, events of its own, links, storms, crashes; every agenda is held against its sources. */
import * as z from "zod";

import { until } from "../smoke/one-machine.ts";
import type { OneMachine } from "../smoke/one-machine.ts";
import type { Login } from "./app.ts";
import { same } from "./checks.ts";
import type { Checks } from "./checks.ts";
import { agendaOf, day, later, lesson, weekly, wholeDay, WINDOW } from "./sources.ts";
import type { Lesson } from "./sources.ts";
import { NEVER_ASKS, Stage } from "./stage.ts";
import { post } from "./wire.ts";

const LinkShown = z.object({
  linkId: z.string(),
  subscribe: z.object({ url: z.string(), webcal: z.string(), google: z.string(), notes: z.array(z.string()) }),
});
type Calendars = Record<string, readonly Lesson[]>;

const MATH = lesson("math", 2, 10, "Math");
const EXAM = lesson("exam", 4, 14, "Exam, \\ part 1; room <2>");
const SCHOOL = [MATH, lesson("art", 3, 13, "Art"), wholeDay("trip", 4, "소풍"), lesson("pe", 8, 9, "PE"), later("end")];
const DENTIST = lesson("dentist", 5, 9, "Dentist");

export async function playApp(checks: Checks, machine: OneMachine): Promise<void> {
  const stage = await Stage.set(machine);
  try {
    const ann = await stage.app.register("Ann");
    const wanted: Calendars = { School: SCHOOL };
    await seeSources(checks, stage, ann, wanted);
    await seeEvents(checks, stage, ann, wanted);
    const link = await seeLink(checks, stage, ann);
    await seeStorms(checks, stage, ann, wanted);
    await seeCrashes(checks, stage, ann, wanted);
    await seeWalls(checks, stage, ann);
    await seeLinkEnded(checks, stage, ann, link);
  } finally {
    await stage.strike();
  }
}

async function seeSources(checks: Checks, stage: Stage, ann: Login, wanted: Calendars): Promise<void> {
  await checks.see("a user registers a calendar, and the agenda equals its source, by messages alone", async () => {
    stage.write("School", SCHOOL);
    await stage.addCalendar("School", ann);
    await agendaIs(stage, ann, wanted);
  });
  await checks.see("a source that changes takes the agenda with it", async () => {
    const others = SCHOOL.slice(2);
    wanted["School"] = [lesson("math", 2, 11, "Math, moved"), ...others, EXAM];
    stage.write("School", wanted["School"]);
    await stage.refresh("School", ann);
    await agendaIs(stage, ann, wanted);
  });
  await checks.see("a series stands in the agenda by its occurrences", async () => {
    wanted["Choir"] = [weekly("choir", 1, 19, "합창"), later("concert")];
    stage.write("Choir", wanted["Choir"]);
    await stage.addCalendar("Choir", ann);
    await agendaIs(stage, ann, wanted);
  });
}

async function seeEvents(checks: Checks, stage: Stage, ann: Login, wanted: Calendars): Promise<void> {
  await checks.see("an event that the app pushes comes back as a message, and of two writers one wins", async () => {
    const body = { summary: "Dentist", start: `${day(5)}T09:00:00`, end: `${day(5)}T10:00:00`, zone: "Asia/Seoul" };
    const put = await stage.app.send("PUT", "/events/dentist", ann, body);
    const seen = { "if-match": put.headers.get("etag") ?? "" };
    same("a second one of the name", (await stage.app.send("PUT", "/events/dentist", ann, body)).status, 412);
    const both = ["at 9", "at nine"].map(
      async (summary) => await stage.app.send("PUT", "/events/dentist", ann, { ...body, summary }, seen),
    );
    const statuses = new Set((await Promise.all(both)).map(({ status }) => status));
    same("two writers who saw the same", [statuses.has(200), statuses.has(412)], [true, true]);
    const again = await stage.app.send("PUT", "/events/dentist", ann, body, { "if-match": "*" });
    same("whoever means it anyway", again.status, 200);
    wanted["Ann"] = [DENTIST];
    await agendaIs(stage, ann, wanted);
  });
  await checks.see("a batch applies whole, and one with an event that cannot be is refused whole", async () => {
    const [one, two] = [3, 6].map((n) => ({ uid: `shift-${n}`, summary: `Shift ${n}`, start: day(n), end: day(n + 1) }));
    await stage.app.ask("POST", "/events", ann, { put: [one, two] });
    wanted["Ann"] = [DENTIST, wholeDay("shift-3", 3, "Shift 3"), wholeDay("shift-6", 6, "Shift 6")];
    await agendaIs(stage, ann, wanted);
    const bad = { put: [{ ...one, uid: "shift-9" }], delete: ["nobody"] };
    same("a batch that deletes what is not there", (await stage.app.send("POST", "/events", ann, bad)).status, 409);
    await stage.app.ask("POST", "/events", ann, { delete: ["shift-3"] });
    wanted["Ann"] = [DENTIST, wholeDay("shift-6", 6, "Shift 6")];
    await agendaIs(stage, ann, wanted);
  });
}

async function seeLink(checks: Checks, stage: Stage, ann: Login): Promise<z.infer<typeof LinkShown> | undefined> {
  let link: z.infer<typeof LinkShown> | undefined;
  await checks.see("a link opens the feed of everything, with a way into each calendar app", async () => {
    link = LinkShown.parse(await stage.app.ask("POST", "/links", ann, { label: "Ann's phone" }));
    const { url, webcal, google } = link.subscribe;
    same("the webcal address", webcal, url.replace(/^http:/u, "webcal:"));
    same("Google's address", new URL(google).searchParams.get("cid"), webcal);
    const uids = await until("the feed with what was pushed", async () => {
      const response = await fetch(url);
      const text = await response.text();
      if (response.status === 503) return undefined;
      return [...text.matchAll(/^SUMMARY:(?<summary>.*)\r$/gmu)].map(({ groups }) => groups?.["summary"] ?? "");
    });
    for (const summary of ["Dentist", "Shift 6", "합창", "소풍", String.raw`Math\, moved`]) {
      if (!uids.includes(summary)) throw new Error(`the feed has ${JSON.stringify(uids)}, expected ${summary} in it`);
    }
    const { items } = z
      .object({ items: z.array(z.object({ label: z.string(), state: z.string() })) })
      .parse(await stage.app.ask("GET", "/links", ann));
    const alive = items.filter(({ state }) => state === "active").map(({ label }) => label);
    same("the links that open anything", alive, ["Ann's phone"]);
  });
  return link;
}

async function seeStorms(checks: Checks, stage: Stage, ann: Login, wanted: Calendars): Promise<void> {
  await checks.see("every message three times over, in any order, changes nothing", async () => {
    const statuses = await stage.wire.storm(7);
    same("answers that are no 200", statuses.filter((status) => status !== 200).length, 0);
    same("the agenda", await stage.app.agenda(ann, WINDOW), agendaOf(wanted));
  });
  await checks.see("four versions at once, doubled and shuffled, end where the source does, with nothing asked", async () => {
    stage.wire.target = undefined;
    // Each version leaves something that no later one touches: a step that is left out is missed.
    const extras: Lesson[] = [];
    for (const hour of [8, 9, 12, 15]) {
      extras.push(lesson(`extra-${hour}`, 9, hour, "Extra"));
      wanted["School"] = [lesson("math", 2, hour, `Math at ${hour}`), ...SCHOOL.slice(2), ...extras, EXAM];
      stage.write("School", wanted["School"]);
      await stage.importBeside("School", 1);
    }
    await stage.told("School", 6);
    stage.wire.target = `${stage.app.url}/calferry`;
    await stage.wire.storm(11);
    same("the agenda", await stage.app.agenda(ann, WINDOW), agendaOf(wanted));
  });
}

async function seeCrashes(checks: Checks, stage: Stage, ann: Login, wanted: Calendars): Promise<void> {
  const change = async (hour: number): Promise<void> => {
    wanted["School"] = [lesson("math", 2, hour, `Math at ${hour}`), ...SCHOOL.slice(2), EXAM];
    stage.write("School", wanted["School"]);
    await stage.importBeside("School", 1);
  };
  await checks.see("killed while its sources change, it catches up by changes?from=N when it starts", async () => {
    await stage.crash();
    await change(16);
    await change(17);
    await stage.restart(NEVER_ASKS);
    await agendaIs(stage, ann, wanted);
  });
  await checks.see("a message that is lost for good is asked for after a while", async () => {
    await stage.crash();
    await stage.restart({ GAP_MS: "200" });
    await agendaIs(stage, ann, wanted);
    const heard = stage.versionsTold("School");
    stage.wire.target = undefined;
    await change(18);
    await stage.told("School", heard + 1);
    stage.wire.target = `${stage.app.url}/calferry`;
    await change(19);
    await agendaIs(stage, ann, wanted);
  });
  await checks.see("a copy that Calferry never had is dropped and begun anew", async () => {
    await stage.crash();
    await stage.edit((text) => text.replaceAll(/"version":\d+/gu, '"version":4711').replaceAll("SUMMARY:PE", "SUMMARY:Nonsense"));
    await stage.restart(NEVER_ASKS);
    await agendaIs(stage, ann, wanted);
  });
}

async function seeWalls(checks: Checks, stage: Stage, ann: Login): Promise<void> {
  await checks.see("the page shows what anybody may have written as text, never as markup", async () => {
    const page = await (
      await stage.app.send("GET", `/agenda?from=${WINDOW.from}&to=${WINDOW.to}`, ann, undefined, { accept: "text/html" })
    ).text();
    same("the title as text", page.includes("room &lt;2&gt;"), true);
    same("the title as markup", page.includes("room <2>"), false);
  });
  await checks.see("another user sees nothing, a wrong password and no password neither", async () => {
    const bob = await stage.app.register("Bob");
    same("Bob's agenda", await stage.app.agenda(bob, WINDOW), []);
    const { url } = stage.app;
    same("no password", (await fetch(`${url}/agenda`)).status, 401);
    same("Bob as Ann", (await stage.app.send("GET", "/agenda", { userId: ann.userId, password: bob.password })).status, 401);
  });
  await checks.see("where signatures are on, a message that nobody signed is refused", async () => {
    const app = await stage.another({ SNS_SIGNATURES: "on" });
    try {
      const [message = ""] = stage.wire.messages;
      same("its answer", await post(`${app.url}/calferry`, message), 403);
      const confirmation = { ...JSON.parse(message), Type: "SubscriptionConfirmation", SubscribeURL: `${stage.app.url}/agenda` };
      same("a confirmation's", await post(`${app.url}/calferry`, JSON.stringify(confirmation)), 403);
    } finally {
      await app.kill();
    }
  });
}

async function seeLinkEnded(
  checks: Checks,
  stage: Stage,
  ann: Login,
  link: z.infer<typeof LinkShown> | undefined,
): Promise<void> {
  await checks.see("a link that is revoked opens nothing any more", async () => {
    if (link === undefined) throw new Error("there is no link to revoke");
    await stage.app.ask("DELETE", `/links/${link.linkId}`, ann);
    const response = await fetch(link.subscribe.url);
    await response.arrayBuffer();
    same("what it answers", response.status, 404);
  });
}

/** The agenda once it is as the sources are; tells the last difference where it never is. */
async function agendaIs(stage: Stage, login: Login, calendars: Calendars): Promise<void> {
  const wanted = agendaOf(calendars);
  let last: unknown;
  const isSame = async (): Promise<true | undefined> => {
    last = await stage.app.agenda(login, WINDOW);
    return JSON.stringify(last) === JSON.stringify(wanted) ? true : undefined;
  };
  await until("the agenda", isSame).catch(() => same("the agenda", last, wanted));
}
