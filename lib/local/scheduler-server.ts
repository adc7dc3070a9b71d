/** EventBridge Scheduler's REST surface, as the real SDK client speaks it; schedules are kept over restarts. */
import { keyOf } from "./clockwork.ts";
import { numberOf, objectOf, parseJson, textOf } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";
import type { KeptRecords } from "./kept-records.ts";
import type { Reply, Request } from "./loopback-server.ts";
import { ACCOUNT, REGION } from "./physical-names.ts";
import { parseExpression } from "./schedule-expression.ts";

const NAME = /^[0-9A-Za-z_.-]{1,64}$/u;
const DEFAULT_GROUP = "default";

/** `undefined`: not a path of Scheduler. `changed` is called after each write. */
export function answerScheduler(request: Request, records: KeptRecords, changed: () => void): Reply | undefined {
  const [, resource, encodedName = ""] = /^\/(schedules|schedule-groups)(?:\/([^/]+))?\/?$/u.exec(request.url.pathname) ?? [];
  if (resource === undefined) {
    return undefined;
  }
  const name = decodeURIComponent(encodedName);
  if (name !== "" && !NAME.test(name)) {
    return refuse(400, "ValidationException", `name ${name} must match ${NAME.source}`);
  }
  const body = request.body.length === 0 ? {} : objectOf(parseJson(request.body.toString("utf8")));
  const reply = resource === "schedules" ? schedules(request, name, body, records) : groups(request, name, records);
  if (request.method !== "GET") {
    changed();
  }
  return reply;
}

/** A refusal as restJson1 writes it. */
export function refuse(status: number, errorType: string, message: string): Reply {
  return {
    status,
    headers: { "content-type": "application/json", "x-amzn-errortype": errorType },
    body: JSON.stringify({ Message: message }),
  };
}

export function accept(body: Json): Reply {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

function schedules(request: Request, name: string, body: JsonObject, records: KeptRecords): Reply {
  const group = textOf(body["GroupName"]) || (request.url.searchParams.get("groupName") ?? DEFAULT_GROUP);
  const kept = records.get("schedule", `${group}/${name}`);
  if (request.method === "GET" && name === "") {
    return listSchedules(request.url.searchParams, records);
  }
  if (request.method === "POST" && kept !== undefined) {
    return refuse(409, "ConflictException", `Schedule ${name} already exists.`);
  }
  if (request.method !== "POST" && kept === undefined) {
    return refuse(404, "ResourceNotFoundException", `Schedule ${name} does not exist.`);
  }
  if (request.method === "DELETE") {
    records.remove("schedule", `${group}/${name}`);
    return accept({});
  }
  return request.method === "GET" ? accept(kept ?? {}) : putSchedule({ ...body, Name: name, GroupName: group }, kept, records);
}

function putSchedule(wanted: JsonObject, kept: JsonObject | undefined, records: KeptRecords): Reply {
  const problem = problemOf(wanted, records);
  if (problem !== undefined) {
    return problem;
  }
  const schedule = completeSchedule(wanted, kept);
  records.put("schedule", keyOf(schedule), schedule);
  return accept({ ScheduleArn: schedule["Arn"] ?? "" });
}

/** With AWS's defaults; an update replaces everything but the creation date. */
export function completeSchedule(wanted: JsonObject, kept: JsonObject | undefined): JsonObject {
  const nowSeconds = Date.now() / 1000;
  const { ClientToken: _token, ...fields } = wanted;
  return {
    ActionAfterCompletion: "NONE",
    ScheduleExpressionTimezone: "UTC",
    State: "ENABLED",
    ...fields,
    Arn: `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/${keyOf(wanted)}`,
    CreationDate: kept?.["CreationDate"] ?? nowSeconds,
    LastModificationDate: nowSeconds,
  };
}

function problemOf(wanted: JsonObject, records: KeptRecords): Reply | undefined {
  const group = textOf(wanted["GroupName"]);
  const expression = textOf(wanted["ScheduleExpression"]);
  const arn = textOf(objectOf(wanted["Target"])["Arn"]);
  const window = objectOf(wanted["FlexibleTimeWindow"])["Mode"];
  if (group !== DEFAULT_GROUP && records.get("group", group) === undefined) {
    return refuse(404, "ResourceNotFoundException", `Schedule group ${group} does not exist.`);
  }
  if (parseExpression(expression, textOf(wanted["ScheduleExpressionTimezone"]) || "UTC") === undefined) {
    return refuse(400, "ValidationException", `Invalid Schedule Expression ${expression}.`);
  }
  if (window !== "OFF" && window !== "FLEXIBLE") {
    return refuse(400, "ValidationException", "FlexibleTimeWindow.Mode must be OFF or FLEXIBLE.");
  }
  if (!/^arn:aws:(?:lambda:[^:]*:\d*:function|sqs):/u.test(arn)) {
    return refuse(
      400,
      "ValidationException",
      `Provided Arn ${arn} is not a function or queue, the targets that one machine has.`,
    );
  }
  return undefined;
}

function listSchedules(query: URLSearchParams, records: KeptRecords): Reply {
  const [group, prefix, state] = [query.get("ScheduleGroup"), query.get("NamePrefix") ?? "", query.get("State")];
  const found = records
    .list("schedule")
    .filter((one) => group === null || one["GroupName"] === group)
    .filter((one) => textOf(one["Name"]).startsWith(prefix) && (state === null || one["State"] === state));
  const start = numberOf(query.get("NextToken") ?? undefined, 0);
  const end = start + numberOf(query.get("MaxResults") ?? undefined, 100);
  // As on AWS a summary names the target and has no input.
  const summaries = found.slice(start, end).map((one) => {
    const { Arn, CreationDate, GroupName, LastModificationDate, Name, State, Target } = one;
    return { Arn, CreationDate, GroupName, LastModificationDate, Name, State, Target: { Arn: objectOf(Target)["Arn"] ?? "" } };
  });
  return accept({ Schedules: summaries, ...(end < found.length ? { NextToken: String(end) } : {}) });
}

function groups(request: Request, name: string, records: KeptRecords): Reply {
  const kept = name === DEFAULT_GROUP ? completeGroup(name) : records.get("group", name);
  if (request.method === "GET" && name === "") {
    return accept({ ScheduleGroups: [completeGroup(DEFAULT_GROUP), ...records.list("group")] });
  }
  if (request.method === "POST") {
    if (kept !== undefined) {
      return refuse(409, "ConflictException", `Schedule group ${name} already exists.`);
    }
    const group = completeGroup(name);
    records.put("group", name, group);
    return accept({ ScheduleGroupArn: group["Arn"] ?? "" });
  }
  if (kept === undefined) {
    return refuse(404, "ResourceNotFoundException", `Schedule group ${name} does not exist.`);
  }
  if (request.method === "DELETE") {
    for (const schedule of records.list("schedule").filter((one) => one["GroupName"] === name)) {
      records.remove("schedule", keyOf(schedule));
    }
    records.remove("group", name);
    return accept({});
  }
  return accept(kept);
}

export function completeGroup(name: string): JsonObject {
  const nowSeconds = Date.now() / 1000;
  return {
    Arn: `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule-group/${name}`,
    CreationDate: nowSeconds,
    LastModificationDate: nowSeconds,
    Name: name,
    State: "ACTIVE",
  };
}
