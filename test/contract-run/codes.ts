/** The codes that an answer of the API may have. */
import { REFUSALS } from "../../lib/contract/code.ts";

export const CODES_OF_PROBLEMS: readonly string[] = [...REFUSALS, "aws-unavailable"];
