/** The routes under /v1, for owners and operators. */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";

import { Refusal } from "../core/failure.ts";
import { shown } from "../core/refusals.ts";
import { authenticate } from "./authenticate.ts";
import { calendarRoutes } from "./calendar-routes.ts";
import { feedRoutes } from "./feed-routes.ts";
import { calendarHoldRoutes, holdListRoutes } from "./hold-routes.ts";
import { letterRoutes } from "./letter-routes.ts";
import { pauseRoutes } from "./pause-routes.ts";
import { isFault, problemOf, problemResponse } from "./problem.ts";
import type { ApiServices } from "./services.ts";
import { versionRoutes } from "./version-routes.ts";

/** What a Lambda is given of a request at most. */
const BODY_LIMIT_BYTES = 6 * 1024 * 1024;
/** Longer than every route with its ids; what is longer cannot be a key of the table either. */
const PATH_LIMIT = 600;

/** Answers every request: a view, or problem+json with code and next step. */
export function createApp(services: ApiServices): Hono {
  const app = new Hono();
  app.get("/v1/health", (context) => context.json({ status: "ok", at: services.now().toISOString() }));
  app.use("/v1/*", authenticate(services));
  app.use(async (context, next) => {
    if (context.req.path.length > PATH_LIMIT) throw unknownRoute(context.req.method, context.req.path);
    await next();
  });
  app.use(bodyLimit({ maxSize: BODY_LIMIT_BYTES, onError: () => problemResponse(problemOf(tooLarge())) }));
  app.route("/v1/calendars", calendarRoutes(services));
  app.route("/v1/calendars", calendarHoldRoutes(services));
  app.route("/v1/calendars", versionRoutes(services));
  app.route("/v1/calendars", pauseRoutes(services));
  app.route("/v1/holds", holdListRoutes(services));
  app.route("/v1/feeds", feedRoutes(services));
  app.route("/v1/letters", letterRoutes(services));
  app.notFound((context) => problemResponse(problemOf(unknownRoute(context.req.method, context.req.path))));
  app.onError((error) => {
    const problem = problemOf(error);
    if (isFault(problem)) services.reportFault(error);
    return problemResponse(problem);
  });
  return app;
}

function tooLarge(): Refusal {
  const what = `the body is over ${BODY_LIMIT_BYTES} bytes, wanted at most that`;
  return new Refusal("body-too-large", what, "send fewer events or split the calendar in two");
}

function unknownRoute(method: string, path: string): Refusal {
  const what = `no route ${shown(`${method} ${path}`)}, wanted one of /v1/calendars, /v1/holds, /v1/feeds, /v1/letters, /v1/health`;
  return new Refusal("route-unknown", what, "check method and path");
}
