/** Conditions, changes and selections as DynamoDB's expressions: attribute names stand as `#name`, values as `:value`. */
import type { QueryCommandInput, UpdateCommandInput } from "@aws-sdk/lib-dynamodb";

export type Key = { readonly pk: string; readonly sk: string };
export type Item = Readonly<Record<string, unknown>>;
/** Attribute names stand as `#name`, values as `:value`. */
export type Condition = { readonly expression: string; readonly values?: Item };
export type Change = { readonly set?: Item; readonly remove?: readonly string[] };
export type Selection = Condition & { readonly index?: string; readonly order?: "ascending" | "descending" };

/** `{ "#state": "state" }` for each `#name` of an expression: many of our fields are DynamoDB's reserved words. */
export function namesIn(expression: string): Record<string, string> {
  return Object.fromEntries([...expression.matchAll(/#(\w+)/gu)].map(([token, name = ""]) => [token, name]));
}

export function conditional(condition: Condition | undefined): {
  ConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
} {
  if (condition === undefined) return {};
  return {
    ConditionExpression: condition.expression,
    ExpressionAttributeNames: namesIn(condition.expression),
    ...(condition.values === undefined ? {} : { ExpressionAttributeValues: condition.values }),
  };
}

/** What an update writes: the named fields alone. */
export function changing(
  { set = {}, remove = [] }: Change,
  condition: Condition | undefined,
): Pick<
  UpdateCommandInput,
  "UpdateExpression" | "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"
> {
  const written = Object.entries(set).filter(([, value]) => value !== undefined);
  const expression = [
    ...(written.length === 0 ? [] : [`SET ${written.map(([field]) => `#${field} = :${field}`).join(", ")}`]),
    ...(remove.length === 0 ? [] : [`REMOVE ${remove.map((field) => `#${field}`).join(", ")}`]),
  ].join(" ");
  const values = { ...Object.fromEntries(written.map(([field, value]) => [`:${field}`, value])), ...condition?.values };
  return {
    UpdateExpression: expression,
    ...(condition === undefined ? {} : { ConditionExpression: condition.expression }),
    ExpressionAttributeNames: namesIn(`${expression} ${condition?.expression ?? ""}`),
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
  };
}

/** Consistent where it is not one of an index. */
export function selecting({ expression, values, index, order }: Selection): Omit<QueryCommandInput, "TableName"> {
  return {
    KeyConditionExpression: expression,
    ExpressionAttributeNames: namesIn(expression),
    ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
    ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
    ScanIndexForward: order !== "descending",
  };
}
