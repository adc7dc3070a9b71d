/** The sheets' libraries as what makes downloads knows them. */
import type { SheetWriter } from "../core/download-parts.ts";
import { csvHead, csvRows } from "./csv.ts";
import { workbook } from "./workbook.ts";

export const sheetWriter: SheetWriter = { csvHead, csvRows, workbook };
