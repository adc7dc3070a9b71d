/** Lambda's few calls that the project makes: event source mappings (list, get, switch on and off) and Invoke. */
import type { FunctionHost } from "./function-host.ts";
import { objectOf, parseJson } from "./json.ts";
import type { JsonObject } from "./json.ts";
import type { Reply, Request } from "./loopback-server.ts";
import { functionNameOf } from "./plan.ts";
import type { QueuePoller } from "./queue-poller.ts";
import { accept, refuse } from "./scheduler-server.ts";

/** `undefined`: not a path of Lambda. `keep` remembers over restarts whether a mapping is on. */
export async function answerLambda(
  request: Request,
  host: FunctionHost,
  pollers: readonly QueuePoller[],
  keep: (uuid: string, enabled: boolean) => void,
): Promise<Reply | undefined> {
  const [, resource, id = "", invocations] =
    /^\/2015-03-31\/(event-source-mappings|functions)(?:\/([^/]+))?(\/invocations)?\/?$/u.exec(request.url.pathname) ?? [];
  if (resource === "functions" && invocations !== undefined) {
    return invoke(request, functionNameOf(decodeURIComponent(id)), host);
  }
  return resource === "event-source-mappings" ? mappings(request, id, pollers, keep) : undefined;
}

async function invoke(request: Request, name: string, host: FunctionHost): Promise<Reply> {
  if (!host.has(name)) {
    return refuse(404, "ResourceNotFoundException", `Function not found: ${name}`);
  }
  const running = host.invoke(name, request.body.toString("utf8") || "{}");
  if (request.headers["x-amz-invocation-type"] === "Event") {
    return { status: 202 };
  }
  const outcome = await running;
  return "errorType" in outcome
    ? { status: 200, headers: { "x-amz-function-error": "Unhandled" }, body: JSON.stringify(outcome) }
    : { status: 200, body: outcome.payload };
}

function mappings(
  request: Request,
  uuid: string,
  pollers: readonly QueuePoller[],
  keep: (uuid: string, enabled: boolean) => void,
): Reply {
  if (uuid === "") {
    const [name, arn] = [request.url.searchParams.get("FunctionName"), request.url.searchParams.get("EventSourceArn")];
    const found = pollers
      .filter(({ mapping }) => name === null || mapping.functionName === functionNameOf(name))
      .filter(({ mapping }) => arn === null || mapping.queueArn === arn);
    return accept({ EventSourceMappings: found.map(describe) });
  }
  const poller = pollers.find(({ mapping }) => mapping.uuid === uuid);
  if (poller === undefined) {
    return refuse(404, "ResourceNotFoundException", `Event source mapping ${uuid} does not exist.`);
  }
  if (request.method === "PUT") {
    const { Enabled: enabled } = objectOf(parseJson(request.body.toString("utf8")));
    if (typeof enabled === "boolean") {
      keep(uuid, enabled);
      (enabled ? poller.enable : poller.disable)();
    }
  }
  return accept(describe(poller));
}

function describe({ mapping, enabled }: QueuePoller): JsonObject {
  return {
    UUID: mapping.uuid,
    BatchSize: mapping.batchSize,
    EventSourceArn: mapping.queueArn,
    FunctionArn: mapping.functionName,
    FunctionResponseTypes: mapping.partialFailures ? ["ReportBatchItemFailures"] : [],
    MaximumBatchingWindowInSeconds: mapping.windowMs / 1000,
    State: enabled() ? "Enabled" : "Disabled",
  };
}
