/** One route: what it is asked with, what it answers and what it does; the app and the OpenAPI text are made from the same definitions. */
import * as z from "zod";

import type { FailureCode, RefusalCode } from "../contract/code.ts";
import type { Caller } from "./caller.ts";
import type { ParamName } from "./path-params.ts";
import { readInput } from "./read-input.ts";
import { ownBody, ownQuery, ownThings } from "./isolation.ts";
import { parseJson } from "./read-request.ts";
import type { Asked } from "./read-request.ts";
import type { ApiServices } from "./services.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
/** Which keys a route takes. An owner's key reaches its owner's things alone. */
export type RouteScope = "public" | "owner" | "admin";
export type ProblemCode = RefusalCode | Extract<FailureCode, "aws-unavailable">;
export type Tag =
  | "calendars"
  | "events"
  | "runs"
  | "holds"
  | "feeds"
  | "links"
  | "reservations"
  | "letters"
  | "hosts"
  | "keys"
  | "downloads"
  | "changes"
  | "owners"
  | "system";

/** A JSON body with its schema, bytes as they came, or either: by Content-Type. */
export type RouteBody =
  | { readonly schema: z.ZodType; readonly example?: object; readonly media?: never }
  | { readonly media: string; readonly says: string; readonly schema?: never }
  | { readonly schema: z.ZodType; readonly media: string; readonly says: string };
/** JSON of the schema, text of the media type, either (a body that is a string is the text), or nothing. `headers`: name and what it says. */
export type RouteAnswer = {
  readonly says: string;
  readonly schema?: z.ZodType;
  readonly media?: string;
  readonly headers?: Readonly<Record<string, string>>;
};
type RouteAnswers = Readonly<Record<number, RouteAnswer>>;

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never;
type BodyOf<Body> = Body extends { readonly schema: infer Schema extends z.ZodType; readonly media: string }
  ? EitherBody<z.infer<Schema>>
  : Body extends { readonly schema: infer Schema extends z.ZodType }
    ? z.infer<Schema>
    : Body extends { readonly media: string }
      ? RawBody
      : undefined;
type ContentOf<Answer> = Answer extends { readonly schema: infer Schema extends z.ZodType; readonly media: string }
  ? { readonly body: z.infer<Schema> | string }
  : Answer extends { readonly schema: infer Schema extends z.ZodType }
    ? { readonly body: z.infer<Schema> }
    : Answer extends { readonly media: string }
      ? { readonly body: string }
      : { readonly body?: undefined };
type Reply<Answers extends RouteAnswers> = {
  [Status in keyof Answers & number]: ContentOf<Answers[Status]> & {
    readonly status: Status;
    readonly headers?: Readonly<Record<string, string>>;
  };
}[keyof Answers & number];
export type RawBody = { readonly bytes: Uint8Array; readonly contentType: string | undefined };
export type EitherBody<Value> = { readonly kind: "json"; readonly value: Value } | ({ readonly kind: "raw" } & RawBody);

type Facts = {
  readonly method: Method;
  /** Unique; what a program generated from the OpenAPI text calls it. */
  readonly operationId: string;
  /** One sentence without its full stop. */
  readonly summary: string;
  readonly description?: string;
  readonly tag: Tag;
  readonly scope: RouteScope;
  /** What it can refuse with besides what the frame says for every route of its kind. */
  readonly codes: readonly ProblemCode[];
  /** Why no owner's key reaches another's things, where neither path, query nor body names an owner's thing. */
  readonly isolation?: string;
};
type Definition<
  Path extends string,
  Query extends z.ZodType,
  Headers extends z.ZodType,
  Body,
  Answers extends RouteAnswers,
> = Facts & {
  readonly path: Path & (NamesIn<Path> extends ParamName ? unknown : never);
  readonly query?: Query;
  /** Lower-case names. */
  readonly headers?: Headers;
  readonly body?: Body;
  readonly answers: Answers;
  readonly run: (
    input: {
      readonly params: Readonly<Record<NamesIn<Path>, string>>;
      readonly query: z.infer<Query>;
      readonly headers: z.infer<Headers>;
      readonly body: BodyOf<Body>;
      readonly request: Request;
    },
    services: ApiServices,
    caller: Caller,
  ) => Reply<NoInfer<Answers>> | Promise<Reply<NoInfer<Answers>>>;
};

/** A definition without its own types. */
type LooseDefinition = Facts & {
  readonly path: string;
  readonly query?: z.ZodType;
  readonly headers?: z.ZodType;
  readonly body?: RouteBody;
  readonly answers: RouteAnswers;
  readonly run: (
    input: {
      readonly params: Readonly<Record<string, string>>;
      readonly query: unknown;
      readonly headers: unknown;
      readonly body: unknown;
      readonly request: Request;
    },
    services: ApiServices,
    caller: Caller,
  ) => LooseReply | Promise<LooseReply>;
};
type LooseReply = { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };

export type Route = Omit<LooseDefinition, "run" | "query"> & {
  readonly query: z.ZodType;
  readonly serve: (asked: Asked, services: ApiServices, caller: Caller) => Promise<Response>;
};

const NO_QUERY = z.strictObject({});

/** A route whose `run` gets only what its schemas let through, of things that are the caller's own. */
export function route<
  const Path extends `/v1/${string}`,
  const Answers extends RouteAnswers,
  Query extends z.ZodType = typeof NO_QUERY,
  Headers extends z.ZodType = typeof NO_QUERY,
  const Body extends RouteBody | undefined = undefined,
>(definition: Definition<Path, Query, Headers, Body, Answers>): Route;
export function route({ run, query = NO_QUERY, ...facts }: LooseDefinition): Route {
  const { headers, body, answers } = facts;
  return {
    ...facts,
    query,
    serve: async (asked, services, caller) => {
      await ownThings(asked.params, services, caller);
      const input = {
        params: asked.params,
        query: readInput(query, ownQuery(query, asked.query, caller), "query"),
        headers: headers === undefined ? {} : readInput(headers, asked.headers(headers), "headers"),
        body: await readBody(body, asked, caller),
        request: asked.request,
      };
      await ownThings(input.query, services, caller);
      await ownThings(input.body, services, caller);
      const reply = await run(input, services, caller);
      return responseOf(answers[reply.status], reply);
    },
  };
}

async function readBody(body: RouteBody | undefined, asked: Asked, caller: Caller): Promise<unknown> {
  if (body === undefined) return undefined;
  const { schema, media } = body;
  const isRaw = media !== undefined && (schema === undefined || isOf(media, asked.contentType));
  if (schema === undefined || isRaw) {
    const raw = { bytes: await asked.bytes(), contentType: asked.contentType };
    return schema === undefined ? raw : { kind: "raw", ...raw };
  }
  const value = readInput(schema, ownBody(schema, parseJson(await asked.text()), caller), "body");
  return media === undefined ? value : { kind: "json", value };
}

function isOf(media: string, contentType = ""): boolean {
  return contentType.split(";")[0]?.trim().toLowerCase() === media;
}

function responseOf(answer: RouteAnswer | undefined, { status, body, headers }: LooseReply): Response {
  const isJson = answer?.schema !== undefined && (answer.media === undefined || typeof body !== "string");
  if (isJson) return Response.json(body, { status, headers: { ...headers } });
  const media = answer?.media === undefined ? {} : { "content-type": answer.media };
  return new Response(typeof body === "string" ? body : null, { status, headers: { ...media, ...headers } });
}
