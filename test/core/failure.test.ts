import { expect, test } from "vitest";

import { FAILURES } from "../../lib/contract/code.ts";
import { classOf, Refusal, ServiceUnavailable } from "../../lib/core/failure.ts";

test("every failure code has its class", () => {
  expect(classOf("source-throttled")).toBe("deferred");
  expect(classOf("source-dns")).toBe("transient");
  expect(classOf("source-gone")).toBe("permanent");
  expect(classOf("removal-held")).toBe("held");
  expect(new Set(Object.values(FAILURES))).toEqual(new Set(["deferred", "transient", "permanent", "held"]));
});

test("a refusal is one line: what was seen and wanted, then what to do", () => {
  const cause = new Error("inner");
  const details = { seen: "1", wanted: "2" };
  const refusal = new Refusal("url-invalid", "the source is no URL", "check the address", { cause, details });
  expect(refusal).toMatchObject({
    name: "Refusal",
    code: "url-invalid",
    message: "the source is no URL; check the address",
    what: "the source is no URL",
    next: "check the address",
    cause,
    details,
  });
  expect(new Refusal("url-invalid", "a", "b").details).toBeUndefined();
});

test("a service of ours that did not answer is tried again", () => {
  const error = new ServiceUnavailable("the table did not answer");
  expect(error).toMatchObject({ name: "ServiceUnavailable", code: "aws-unavailable" });
  expect(classOf(error.code)).toBe("transient");
});
