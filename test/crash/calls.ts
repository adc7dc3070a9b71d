/** AWS calls by name: the action and what it is about, and what a call says of a commit. */
import * as z from "zod";

import type { Seen } from "./engine-proxy.ts";

export type CalendarVersion = { readonly calendarId: string; readonly version: number };
export type Call = {
  /** Such as `UpdateItem META#CHECKPOINT commit` or `PutObject snapshots/`. */
  readonly name: string;
  /** `commit`: a checkpoint gets a version with its pending work; `publish` and `clear` end it. */
  readonly step?: "commit" | "publish" | "clear";
  readonly of?: CalendarVersion;
};

const Text = z.object({ S: z.string() });
const NumberOf = z.object({ N: z.coerce.number() });
const Item = z.object({ pk: Text, sk: Text });
const PendingValue = z.object({ M: z.object({ version: NumberOf }) });
const TableCall = z.object({
  Key: Item.optional(),
  Item: Item.optional(),
  IndexName: z.string().optional(),
  Segment: z.number().optional(),
  UpdateExpression: z.string().default(""),
  ExpressionAttributeValues: z.record(z.string(), z.unknown()).default({}),
});
type TableCall = z.infer<typeof TableCall>;
const QueueCall = z.object({ QueueUrl: z.string().default("") });
const Published = z.object({ calendarId: z.string(), calendarVersion: z.number() });

export function callOf(seen: Seen): Call {
  const [service = "", action = ""] = seen.target.split(".");
  if (service.startsWith("DynamoDB")) return tableCall(action, TableCall.parse(JSON.parse(seen.body)));
  if (service === "AmazonSQS") {
    const { QueueUrl: url } = QueueCall.parse(JSON.parse(seen.body));
    return { name: `${action} ${url.slice(url.lastIndexOf("-") + 1)}` };
  }
  return seen.body.startsWith("Action=") || seen.body.includes("&Action=") ? topicCall(seen.body) : objectCall(seen);
}

function tableCall(action: string, call: TableCall): Call {
  const item = call.Key ?? call.Item;
  if (item === undefined) return { name: `${action} ${call.IndexName ?? selected(call)}` };
  const record = recordOf(item.pk.S, item.sk.S);
  if (action !== "UpdateItem" || record !== "META#CHECKPOINT") return { name: `${action} ${record}` };
  const { ":pending": pending, ":snapshotKey": snapshot, ":pendingVersion": cleared } = call.ExpressionAttributeValues;
  const calendarId = item.pk.S.slice("CAL#".length);
  if (snapshot !== undefined && pending !== undefined) {
    const version = PendingValue.parse(pending).M.version.N;
    return { name: "UpdateItem META#CHECKPOINT commit", step: "commit", of: { calendarId, version } };
  }
  if (/^REMOVE #pending$/u.test(call.UpdateExpression)) {
    const version = NumberOf.safeParse(cleared).data?.N ?? 0;
    return { name: "UpdateItem META#CHECKPOINT pending removed", step: "clear", of: { calendarId, version } };
  }
  return { name: `UpdateItem META#CHECKPOINT ${pending === undefined ? "outcome" : "cursor"}` };
}

function recordOf(partition: string, sort: string): string {
  const [kind = ""] = partition.split("#");
  const [part = ""] = sort.split("#");
  if (kind === "CAL") return sort.startsWith("META") ? sort : `${part}#`;
  return kind === "FEED" ? `FEED ${part}` : kind;
}

/** Of a Query the partition it reads, of a Scan that it is one of the sweep, of a batch nothing. */
function selected({ ExpressionAttributeValues: values, Segment: segment }: TableCall): string {
  if (segment !== undefined) return "segment";
  const partition = Text.safeParse(values[":pk"]).data?.S ?? "";
  const sort = Text.safeParse(values[":feed"]).success ? " FEED#" : "";
  return partition === "" ? "several" : `${partition.split("#")[0]}${sort}`;
}

function topicCall(body: string): Call {
  const form = new URLSearchParams(body);
  const name = `${form.get("Action")} ${/changes/iu.test(form.get("TopicArn") ?? "") ? "changes" : "alerts"}`;
  const change = Published.safeParse(readJson(form.get("Message") ?? "")).data;
  if (name !== "Publish changes" || change === undefined) return { name };
  return { name, step: "publish", of: { calendarId: change.calendarId, version: change.calendarVersion } };
}

function objectCall({ method, path }: Seen): Call {
  const { pathname, searchParams: query } = new URL(path, "http://engine");
  const [, , prefix = ""] = pathname.split("/");
  if (query.has("list-type")) return { name: `ListObjects ${query.get("prefix")?.split("/")[0] ?? ""}/` };
  if (query.has("delete")) return { name: "DeleteObjects" };
  const verb = method.slice(0, 1) + method.slice(1).toLowerCase();
  return { name: `${verb}Object ${prefix}/` };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Which commits stand whose first change is not on its way to the topic; believes only what the proxies saw. */
export class CommitWatch {
  readonly #open = new Map<string, number>();

  /** The request has arrived and may reach its engine from now on. */
  asked({ step, of }: Call): void {
    if (of !== undefined && step !== "commit" && this.#open.get(of.calendarId) === of.version) this.#open.delete(of.calendarId);
  }

  /** The engine has answered. */
  done({ step, of }: Call, status: number): void {
    if (of !== undefined && step === "commit" && status === 200) this.#open.set(of.calendarId, of.version);
  }

  /** Calendars between commit and publish. */
  get size(): number {
    return this.#open.size;
  }

  clear(): void {
    this.#open.clear();
  }
}
