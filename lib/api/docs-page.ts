/** The OpenAPI text as one page for people: no script, nothing from elsewhere, light and dark, whole by keyboard. */
import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { oas31 } from "zod-openapi";

import { curlOf } from "./curl-line.ts";
import { STYLE } from "./docs-style.ts";
import type { Document } from "./document.ts";
import { schemaText } from "./schema-text.ts";

type Html = HtmlEscapedString | Promise<HtmlEscapedString>;
export type Operation = oas31.OperationObject & { readonly method: string; readonly path: string; readonly id: string };
type Components = Readonly<Record<string, oas31.SchemaObject | oas31.ReferenceObject>>;

export async function docsPage(document: Document): Promise<string> {
  const { info, tags = [], components } = document;
  const operations = operationsOf(document);
  const schemas: Components = components?.schemas ?? {};
  const groups = tags.map(({ name, description = "" }) => ({
    name,
    description,
    own: operations.filter((operation) => operation.tags?.includes(name) ?? false),
  }));
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${info.title} API</title>
        <style>
          ${raw(STYLE)}
        </style>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the operations</a>
        <header>
          <h1>${info.title} API</h1>
          ${paragraphs(info.description ?? "")}
          <p>The same as an OpenAPI 3.1 text: <a href="/v1/openapi.json">/v1/openapi.json</a></p>
        </header>
        <div class="columns">
          <nav aria-label="Operations">${groups.map(({ name, own }) => navigation(name, own))}</nav>
          <main id="main" tabindex="-1">
            ${groups.map(
              ({ name, description, own }) =>
                html`<section aria-labelledby="tag-${name}">
                  <h2 id="tag-${name}">${name}</h2>
                  <p>${description}</p>
                  ${own.map((each) => article(each, schemas))}
                </section>`,
            )}
            <section aria-labelledby="things">
              <h2 id="things">Things</h2>
              ${Object.entries(schemas).map(([name, schema]) => thing(name, schema))}
            </section>
          </main>
        </div>
      </body>
    </html>`;
  return String(await page);
}

function operationsOf({ paths = {} }: Document): Operation[] {
  return Object.entries(paths).flatMap(([path, item]) => {
    const { get, post, put, patch, delete: remove } = item;
    const byMethod = Object.entries({ GET: get, POST: post, PUT: put, PATCH: patch, DELETE: remove });
    return byMethod.flatMap(([method, operation]) =>
      operation === undefined ? [] : [{ ...operation, method, path, id: operation.operationId ?? `${method}${path}` }],
    );
  });
}

function navigation(tag: string, operations: readonly Operation[]): Html {
  return html`<h2><a href="#tag-${tag}">${tag}</a></h2>
    <ul>
      ${operations.map(({ id, summary }) => html`<li><a href="#${id}">${summary}</a></li>`)}
    </ul>`;
}

function article(operation: Operation, schemas: Components): Html {
  const { id, method, path, summary, description, security } = operation;
  const isPublic = security?.length === 0;
  return html`<article aria-labelledby="${id}">
    <h3 id="${id}"><a href="#${id}">${summary}</a></h3>
    <p class="route">
      <b class="${method.toLowerCase()}">${method}</b> <code>${path}</code>${isPublic ? " (no key needed)" : ""}
    </p>
    ${description === undefined ? "" : html`<p>${inline(description)}</p>`} ${parameters(operation)} ${body(operation)}
    ${answers(operation)} ${code(`${id}: curl`, curlOf(operation, schemas))}
  </article>`;
}

function parameters({ id, parameters: all = [] }: Operation): Html {
  const own = all.filter((each): each is oas31.ParameterObject => "name" in each);
  if (own.length === 0) return html``;
  return html`<table>
    <caption>
      Parameters
    </caption>
    <thead>
      <tr>
        <th scope="col">Name</th>
        <th scope="col">In</th>
        <th scope="col">Value</th>
      </tr>
    </thead>
    <tbody>
      ${own.map(
        (each) =>
          html`<tr id="${id}-${each.name}">
            <th scope="row"><code>${each.name}</code>${each.required === true ? "" : " (optional)"}</th>
            <td>${each.in}</td>
            <td><code>${schemaText(each.schema ?? {})}</code> ${each.description ?? ""}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function body({ id, requestBody }: Operation): Html {
  if (requestBody === undefined || !("content" in requestBody)) return html``;
  return html`${Object.entries(requestBody.content).map(
    ([media, { schema }]) =>
      html`<h4>Body: ${media}</h4>
        ${code(`${id}: body`, schemaText(schema ?? {}))}`,
  )}`;
}

function answers({ id, responses = {} }: Operation): Html {
  const all: readonly (readonly [string, oas31.ResponseObject])[] = Object.entries(responses);
  return html`<h4>Answers</h4>
    <dl>
      ${all.map(([status, { description, content = {} }]) => {
        const [schema] = Object.values(content).map((each) => each.schema);
        const isShown = schema !== undefined && Number(status) < 400;
        return html`<dt>${status}</dt>
          <dd>${inline(description)} ${isShown ? code(`${id}: answer ${status}`, schemaText(schema)) : ""}</dd>`;
      })}
    </dl>`;
}

function thing(name: string, schema: Components[string]): Html {
  const { description = "" } = schema.$ref === undefined ? schema : { description: "" };
  return html`<article aria-labelledby="thing-${name}">
    <h3 id="thing-${name}"><a href="#thing-${name}">${name}</a></h3>
    <p>${description}</p>
    ${code(name, schemaText(schema))}
  </article>`;
}

/** It scrolls sideways, so that it must be reached by keyboard and has a name. */
function code(name: string, text: string): Html {
  return html`<pre tabindex="0" role="group" aria-label="${name}"><code>${text}</code></pre>`;
}

function paragraphs(text: string): Html {
  return html`${text.split("\n\n").map((part) => html`<p>${inline(part)}</p>`)}`;
}

/** What stands between two backticks is code. */
function inline(text: string): Html {
  return html`${text.split("`").map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`))}`;
}
