/** Lambda's few calls that the project makes: event source mappings, listed and switched on and off. */
import { Hono } from "hono";
import * as z from "zod";

import type { EventSource } from "./event-source.ts";
import type { KeptState } from "./kept-state.ts";
import { functionNameOf } from "./arn.ts";
import { refusal } from "./scheduler-api.ts";

const Update = z.object({ Enabled: z.boolean().optional() });

export function lambdaApi(sources: readonly EventSource[], { state, save }: KeptState): Hono {
  const app = new Hono().basePath("/2015-03-31");
  app.get("/event-source-mappings", (context) => {
    const { FunctionName: name, EventSourceArn: arn } = context.req.query();
    const found = sources
      .filter(({ mapping }) => name === undefined || mapping.FunctionName === functionNameOf(name))
      .filter(({ mapping }) => arn === undefined || mapping.EventSourceArn === arn);
    return context.json({ EventSourceMappings: found.map(describe) });
  });
  app.put("/event-source-mappings/:uuid", async (context) => {
    const uuid = context.req.param("uuid");
    const source = sources.find(({ mapping }) => mapping.name === uuid);
    if (source === undefined) throw refusal(404, "ResourceNotFoundException", `Event source mapping ${uuid} does not exist.`);
    source.enabled = Update.parse(await context.req.json()).Enabled ?? source.enabled;
    state.mappings[uuid] = source.enabled;
    save();
    await source.quiet();
    return context.json(describe(source));
  });
  return app;
}

function describe({ mapping, enabled }: EventSource): object {
  const { name: UUID, BatchSize, EventSourceArn, FunctionName: FunctionArn, FunctionResponseTypes } = mapping;
  return { UUID, BatchSize, EventSourceArn, FunctionArn, FunctionResponseTypes, State: enabled ? "Enabled" : "Disabled" };
}
