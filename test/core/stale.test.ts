import { describe, expect, it } from "vitest";

import type { Checkpoint, Outcome } from "../../lib/contract/checkpoint.ts";
import { emptyCheckpoint } from "../../lib/core/registry.ts";
import { intervalOf } from "../../lib/core/slots.ts";
import { staleCodeAfter } from "../../lib/core/stale.ts";

const SUCCESS = "2026-05-06T00:00:00.000Z";

function after(hours: number, fields: Partial<Checkpoint> = {}, outcome: Partial<Outcome> = {}): string | undefined {
  const at = new Date(Date.parse(SUCCESS) + hours * 3_600_000).toISOString();
  const checkpoint = { ...emptyCheckpoint("c"), wheel: "60#7#3", lastSuccessAt: SUCCESS, ...fields };
  return staleCodeAfter(checkpoint, 60, { status: "failed", at, code: "source-dns", ...outcome });
}

describe("a source is stale", () => {
  it("once it gave no success for a day", () => {
    expect(after(23.99)).toBeUndefined();
    expect(after(24)).toBe("source-dns");
  });

  it("only after three turns where it is asked seldom, by its slot before its owner's wish", () => {
    expect(after(71.9, { wheel: "1440#7#3" })).toBeUndefined();
    expect(after(72, { wheel: "1440#7#3" })).toBe("source-dns");
    expect(after(24, { wheel: undefined })).toBe("source-dns");
    expect(intervalOf("1440#7#3")).toBe(1440);
  });

  it("for the first reason until a success", () => {
    expect(after(90, { staleCode: "source-gone" })).toBe("source-gone");
    expect(after(90, { staleCode: "source-gone" }, { status: "deferred" })).toBe("source-gone");
    expect(after(90, { staleCode: "source-gone" }, { status: "unchanged" })).toBeUndefined();
    expect(after(90, { staleCode: "source-gone" }, { status: "imported" })).toBeUndefined();
  });

  it("never before its first success", () => {
    expect(after(900, { lastSuccessAt: undefined })).toBeUndefined();
  });
});
