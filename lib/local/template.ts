/** The synthesized CloudFormation template: its resources, and the intrinsic functions that name other resources. */
import { isObject, listOf, objectOf, parseJson, textOf } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";
import { MachineError } from "./machine-error.ts";

export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
}

export interface Template {
  readonly resources: readonly Resource[];
  readonly outputs: JsonObject;
}

/** What `Ref` and `Fn::GetAtt` (with an attribute) give for a logical id or a pseudo parameter. */
export type Lookup = (logicalId: string, attribute?: string) => string;

export function readTemplate(text: string): Template {
  const template = objectOf(parseJson(text));
  const resources = Object.entries(objectOf(template["Resources"])).map(([logicalId, value]) => {
    const resource = objectOf(value);
    if (resource["Condition"] !== undefined) {
      throw unsupported(`the condition of ${logicalId}`);
    }
    return { logicalId, type: textOf(resource["Type"]), properties: objectOf(resource["Properties"]) };
  });
  const outputs = Object.entries(objectOf(template["Outputs"])).map(([name, value]) => [name, objectOf(value)["Value"]]);
  return { resources, outputs: Object.fromEntries(outputs) };
}

export function unsupported(what: string): MachineError {
  return new MachineError(
    "template-unsupported",
    `the template has ${what}, which one machine cannot honour; expected what lib/local/resource-rules.ts lists: remove it from the stack or teach the machine`,
  );
}

/** The value with every intrinsic function replaced. */
export function resolve(value: Json, lookup: Lookup): Json {
  if (Array.isArray(value)) {
    return listOf(value).map((item) => resolve(item, lookup));
  }
  if (!isObject(value)) {
    return value;
  }
  const [name, argument] = Object.entries(value)[0] ?? [];
  if (name !== undefined && argument !== undefined && (name === "Ref" || name.startsWith("Fn::"))) {
    return intrinsic(name, argument, lookup);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item ?? null, lookup)]));
}

function intrinsic(name: string, argument: Json, lookup: Lookup): Json {
  const replace = INTRINSICS[name];
  if (replace === undefined) {
    throw unsupported(`the function ${name}`);
  }
  return replace(argument, lookup);
}

const INTRINSICS: Readonly<Record<string, (argument: Json, lookup: Lookup) => Json>> = {
  Ref: (argument, lookup) => lookup(textOf(argument)),
  "Fn::GetAtt": (argument, lookup) => {
    const [logicalId = "", attribute = ""] = typeof argument === "string" ? argument.split(".", 2) : listOf(argument).map(textOf);
    return lookup(logicalId, attribute);
  },
  "Fn::Join": (argument, lookup) => {
    const [separator, parts] = listOf(argument);
    return listOf(resolve(parts ?? [], lookup))
      .map(textOf)
      .join(textOf(separator));
  },
  "Fn::Split": (argument, lookup) => {
    const [separator, whole] = listOf(argument);
    return textOf(resolve(whole ?? "", lookup)).split(textOf(separator));
  },
  "Fn::Select": (argument, lookup) => {
    const [position, list] = listOf(argument);
    return listOf(resolve(list ?? [], lookup))[Number(position)] ?? null;
  },
  "Fn::Sub": (argument, lookup) => {
    const [pattern, names] = typeof argument === "string" ? [argument] : listOf(argument);
    return substitute(textOf(pattern), objectOf(resolve(names ?? {}, lookup)), lookup);
  },
};

function substitute(pattern: string, names: JsonObject, lookup: Lookup): string {
  return pattern.replaceAll(/\$\{(!?)([^}]+)\}/gu, (_match, literal: string, name: string) => {
    if (literal !== "") {
      return `\${${name}}`;
    }
    const [logicalId = "", attribute] = name.split(".", 2);
    return names[name] === undefined ? lookup(logicalId, attribute) : textOf(names[name]);
  });
}
