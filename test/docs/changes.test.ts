import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { ChangeMessage } from "../../lib/contract/change.ts";
import { LifeMessage } from "../../lib/contract/life.ts";

const text = readFileSync(new URL("../../docs/changes.md", import.meta.url), "utf8");
const messages = [...text.matchAll(/```json\n([^`]+)```/gu)].map(([, json = ""]): unknown => JSON.parse(json));

describe("docs/changes.md", () => {
  test("shows only messages that Calferry sends, with nothing left over", () => {
    expect(messages.length).toBeGreaterThan(5);
    for (const message of messages) {
      expect(ChangeMessage.safeParse(message).data ?? LifeMessage.parse(message)).toEqual(message);
    }
  });

  test("names every kind there is", () => {
    const kinds = [...ChangeMessage.shape.kind.options, ...LifeMessage.options.map(({ shape }) => shape.kind.value)];
    expect(kinds.filter((kind) => !text.includes(`\`${kind}\``) && !text.includes(`"kind": "${kind}"`))).toEqual([]);
  });
});
