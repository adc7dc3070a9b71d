/** EventBridge Scheduler's REST calls, as the real SDK client makes them. */
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import * as z from "zod";

import type { KeptState } from "./kept-state.ts";
import { arnOf } from "./arn.ts";
import type { Plan } from "./resources.ts";
import { completeSchedule, Schedule } from "./schedule.ts";
import type { KeptSchedule } from "./schedule.ts";

const Name = z.string().regex(/^[0-9A-Za-z_.-]{1,64}$/u);

/** `changed` is called after each write. */
export function schedulerApi({ state, save }: KeptState, changed: () => void): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    if (context.req.method === "GET") return;
    save();
    changed();
  });
  app.get("/schedules", (context) => context.json(listSchedules(context.req.query(), Object.values(state.schedules))));
  app.on(["GET", "DELETE"], "/schedules/:name", (context) => {
    const key = `${context.req.query("groupName") ?? "default"}/${context.req.param("name")}`;
    const { [key]: kept } = state.schedules;
    if (kept === undefined) throw unknown("Schedule", key);
    if (context.req.method === "DELETE") delete state.schedules[key];
    return context.json(kept);
  });
  app.on(["POST", "PUT"], "/schedules/:name", async (context) => {
    const wanted = Schedule.parse({ ...(await context.req.json()), Name: Name.parse(context.req.param("name")) });
    const key = `${wanted.GroupName}/${wanted.Name}`;
    const { [key]: kept } = state.schedules;
    if (!state.groups.includes(wanted.GroupName)) throw unknown("Schedule group", wanted.GroupName);
    if (context.req.method === "PUT" && kept === undefined) throw unknown("Schedule", key);
    if (context.req.method === "POST" && kept !== undefined) throw doubled("Schedule", key);
    const schedule = completeSchedule(wanted, kept, kept?.Declaration);
    state.schedules[key] = schedule;
    return context.json({ ScheduleArn: schedule.Arn });
  });
  app.get("/schedule-groups", (context) => context.json({ ScheduleGroups: state.groups.map(groupOf) }));
  app.post("/schedule-groups/:name", (context) => {
    const name = Name.parse(context.req.param("name"));
    if (state.groups.includes(name)) throw doubled("Schedule group", name);
    state.groups.push(name);
    return context.json({ ScheduleGroupArn: groupOf(name).Arn });
  });
  app.on(["GET", "DELETE"], "/schedule-groups/:name", (context) => {
    const name = context.req.param("name");
    if (!state.groups.includes(name)) throw unknown("Schedule group", name);
    if (context.req.method === "DELETE") {
      state.groups = state.groups.filter((group) => group !== name);
      state.schedules = Object.fromEntries(Object.entries(state.schedules).filter(([, { GroupName: group }]) => group !== name));
    }
    return context.json(groupOf(name));
  });
  app.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse();
    return refusal(400, "ValidationException", error.message).getResponse();
  });
  return app;
}

/** The keys of the template's schedules. One that did not change keeps its state, so that a paused tick stays paused. */
export function declareSchedules(plan: Plan, { state, save }: KeptState): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const schedule of plan.schedules) {
    const key = `${schedule.GroupName}/${schedule.Name}`;
    const declaration = JSON.stringify(schedule);
    const { [key]: kept } = state.schedules;
    if (kept?.Declaration !== declaration) state.schedules[key] = completeSchedule(schedule, kept, declaration);
    keys.add(key);
  }
  for (const [key, { Declaration: declaration }] of Object.entries(state.schedules)) {
    if (declaration !== undefined && !keys.has(key)) delete state.schedules[key];
  }
  state.groups = [...new Set(["default", ...plan.groups, ...state.groups])];
  save();
  return keys;
}

/** A refusal as restJson1 writes it. */
export function refusal(status: ContentfulStatusCode, errorType: string, message: string): HTTPException {
  const headers = { "x-amzn-errortype": errorType };
  return new HTTPException(status, { message, res: Response.json({ Message: message }, { status, headers }) });
}

function unknown(what: string, name: string): HTTPException {
  return refusal(404, "ResourceNotFoundException", `${what} ${name} does not exist.`);
}

function doubled(what: string, name: string): HTTPException {
  return refusal(409, "ConflictException", `${what} ${name} already exists.`);
}

function groupOf(name: string): { readonly Arn: string; readonly Name: string; readonly State: string } {
  return { Arn: arnOf("scheduler", `schedule-group/${name}`), Name: name, State: "ACTIVE" };
}

/** All on one page; as on AWS a summary names the target and has no input. */
function listSchedules(query: Readonly<Record<string, string>>, schedules: readonly KeptSchedule[]): object {
  const { ScheduleGroup: group, NamePrefix: prefix = "", State: state } = query;
  const found = schedules
    .filter(
      (one) => one.Name.startsWith(prefix) && one.GroupName === (group ?? one.GroupName) && one.State === (state ?? one.State),
    )
    .map(({ Arn, GroupName, Name: name, State, Target }) => ({ Arn, GroupName, Name: name, State, Target: { Arn: Target.Arn } }));
  return { Schedules: found };
}
