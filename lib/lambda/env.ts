/** A function's environment, read once when it starts. */
import { Refusal } from "../core/failure.ts";

/** What is needed of a zod schema. */
type Schema<Env> = {
  safeParse(input: unknown):
    | { readonly success: true; readonly data: Env }
    | {
        readonly success: false;
        readonly error: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] };
      };
};

/** Throws `config-invalid` naming every variable that is wrong; a value is never shown, for some are secrets. */
export function readEnv<Env>(schema: Schema<Env>, environment: Readonly<Record<string, string | undefined>> = process.env): Env {
  const read = schema.safeParse(environment);
  if (read.success) return read.data;
  const wrong = read.error.issues.map(({ path, message }) => `${path.map(String).join(".")} (${message})`).join(", ");
  throw new Refusal("config-invalid", `the function's environment has wrong variables: ${wrong}`, "deploy the stack again");
}
