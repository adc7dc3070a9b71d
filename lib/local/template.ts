/** The synthesized CloudFormation template, and the intrinsic functions through which its resources name each other. */
import * as z from "zod";

import { MachineError } from "./machine-error.ts";

const Resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Condition: z.string().optional(),
});
export type Resource = z.infer<typeof Resource>;
export const Template = z.object({
  Resources: z.record(z.string(), Resource),
  Outputs: z.record(z.string(), z.object({ Value: z.unknown() })).default({}),
});

export type Template = z.infer<typeof Template>;

/** What `Ref` (as the attribute of that name) and `Fn::GetAtt` give. */
export type Lookup = (logicalId: string, attribute: string) => string;

export function unsupported(what: string): MachineError {
  return new MachineError(
    "template-unsupported",
    `the template has ${what}, which one machine cannot honour; expected what lib/local/resources.ts lists: remove it from the stack or teach the machine`,
  );
}

/** The value with every intrinsic function replaced. */
export function resolve(value: unknown, lookup: Lookup): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, lookup));
  if (typeof value !== "object" || value === null) return value;
  const [[name, argument] = ["", undefined]] = Object.entries(value);
  if (name === "Ref" || name.startsWith("Fn::")) return intrinsic(name, argument, lookup);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, lookup)]));
}

function intrinsic(name: string, argument: unknown, lookup: Lookup): string {
  switch (name) {
    case "Ref":
      return lookup(String(argument), "Ref");
    case "Fn::GetAtt":
      return lookup(...z.tuple([z.string(), z.string()]).parse(argument));
    case "Fn::Join": {
      const [separator, parts] = z.tuple([z.string(), z.array(z.unknown())]).parse(argument);
      return parts.map((part) => String(resolve(part, lookup))).join(separator);
    }
    case "Fn::Sub":
      return String(argument).replaceAll(/\$\{([^.}]+)\.?([^}]*)\}/gu, (_all, id: string, attribute: string) =>
        lookup(id, attribute || "Ref"),
      );
    default:
      throw unsupported(`the function ${name}`);
  }
}
