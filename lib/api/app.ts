/** The app of all routes: what stands before each of them, and how a refusal or a fault is answered. */
import { Hono } from "hono";
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";

import { Refusal } from "../core/failure.ts";
import { shown } from "../core/refusals.ts";
import { authenticate } from "./authenticate.ts";
import type { Caller } from "./caller.ts";
import { onceFor } from "./idempotency.ts";
import { requireScope } from "./isolation.ts";
import { mayHaveSlashes, paramsIn } from "./path-params.ts";
import { isFault, problemOf, problemResponse } from "./problem.ts";
import { askedOf } from "./read-request.ts";
import type { Route } from "./route.ts";
import { ROUTES } from "./routes.ts";
import type { ApiServices } from "./services.ts";

/** What a Lambda is given of a request at most. */
const BODY_LIMIT_BYTES = 6 * 1024 * 1024;
/** Longer than every route with its ids; what is longer cannot be a key of the table either. */
const PATH_LIMIT = 600;

/** Answers every request: a view, or problem+json with code and next step. */
export function createApp(services: ApiServices, routes: readonly Route[] = ROUTES): Hono {
  const app = new Hono();
  const inOrder = routes.toSorted((one, other) => byPath(one.path, other.path));
  for (const each of inOrder.filter(({ scope }) => scope === "public")) {
    app.on(each.method, honoPath(each.path), async (context) => await each.serve(askedBy(context, each), services, ANYONE));
  }
  app.use("/v1/*", authenticate(services));
  app.use(async (context, next) => {
    if (context.req.path.length > PATH_LIMIT) throw unknownRoute(context.req.method, context.req.path);
    await next();
  });
  app.use(bodyLimit({ maxSize: BODY_LIMIT_BYTES, onError: () => problemResponse(problemOf(tooLarge())) }));
  for (const each of inOrder) {
    const { scope } = each;
    if (scope === "public") continue;
    app.on(each.method, honoPath(each.path), async (context) => {
      const caller = context.get("caller");
      requireScope(scope, caller);
      return await onceFor(context, caller, services, async () => await each.serve(askedBy(context, each), services, caller));
    });
  }
  answerOtherMethods(app, inOrder);
  app.notFound((context) => problemResponse(problemOf(unknownRoute(context.req.method, context.req.path))));
  app.onError((error) => {
    const problem = problemOf(error);
    if (isFault(problem)) services.reportFault(error);
    return problemResponse(problem);
  });
  return app;
}

const ANYONE: Caller = { scope: "public" };

/** A literal segment comes before a parameter, so that `/v1/calendars/import` is no calendar. */
function byPath(one: string, other: string): number {
  const [first, second] = [one, other].map((path) => path.replaceAll("{", "\u{ffff}"));
  return (first ?? "") < (second ?? "") ? -1 : Number(first !== second);
}

/** `/v1/feeds/{feedId}` as Hono writes it: `/v1/feeds/:feedId`, and `:uid{.+}` for what may have slashes. */
function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/gu, (_all, name: string) => (mayHaveSlashes(name) ? `:${name}{.+}` : `:${name}`));
}

function askedBy(context: Context, { path }: Route): ReturnType<typeof askedOf> {
  const params = Object.fromEntries(paramsIn(path).map((name) => [name, context.req.param(name) ?? ""]));
  return askedOf(context.req, params);
}

/** RFC 9110 15.5.6: 405 names the methods that the path has; 9.3.7: OPTIONS asks for them. */
function answerOtherMethods(app: Hono, routes: readonly Route[]): void {
  for (const [path, own] of Map.groupBy(routes, (each) => each.path)) {
    const methods = own.map(({ method }) => method).flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
    const allow = [...methods, "OPTIONS"].join(", ");
    app.all(honoPath(path), ({ req }) => {
      if (req.method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
      const response = problemResponse(problemOf(unknownMethod(req.method, req.path, allow)));
      response.headers.set("allow", allow);
      return response;
    });
  }
}

function tooLarge(): Refusal {
  const what = `the body is over ${BODY_LIMIT_BYTES} bytes, wanted at most that`;
  return new Refusal("body-too-large", what, "send fewer events or split the calendar in two");
}

function unknownRoute(method: string, path: string): Refusal {
  const what = `no route ${shown(`${method} ${path}`)}, wanted one of those that /v1/docs lists`;
  return new Refusal("route-unknown", what, "check method and path");
}

function unknownMethod(method: string, path: string, allow: string): Refusal {
  return new Refusal(
    "method-unknown",
    `no route ${shown(`${method} ${path}`)}, wanted one of ${allow}`,
    "use one of these methods",
  );
}
