/** One unfolded content line, RFC 5545 3.1: name, parameters, value. */

export type Parameter = { readonly name: string; readonly values: readonly string[] };

/** `name` and parameter names are upper-case; `value` is raw, as it stands after the colon. */
export type ContentLine = { readonly name: string; readonly parameters: readonly Parameter[]; readonly value: string };

const NAME = /^[A-Za-z0-9-]+/u;
const NEEDS_QUOTES = /[;:,]/u;
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/gu;

/**
 * Reads one unfolded line. Returns undefined where there is no name or no colon;
 * tolerates unquoted parameter values, parameters without "=", and blanks around the name.
 */
export function readContentLine(line: string): ContentLine | undefined {
  const text = line.trimStart();
  const name = NAME.exec(text)?.[0];
  if (name === undefined) return undefined;
  const parameters: Parameter[] = [];
  let at = name.length;
  while (text[at] === " ") at += 1;
  while (text[at] === ";") {
    const read = readParameter(text, at + 1);
    if (read === undefined) return undefined;
    if (read.parameter !== undefined) parameters.push(read.parameter);
    at = read.end;
  }
  if (text[at] !== ":") return undefined;
  return { name: name.toUpperCase(), parameters, value: text.slice(at + 1) };
}

function readParameter(text: string, start: number): { parameter: Parameter | undefined; end: number } | undefined {
  let at = endOfRun(text, start, "=;:");
  const name = text.slice(start, at).trim().toUpperCase();
  if (text[at] !== "=") return at < text.length ? { parameter: undefined, end: at } : undefined;
  const values: string[] = [];
  do {
    const read = readParameterValue(text, at + 1);
    values.push(read.value);
    at = read.end;
  } while (text[at] === ",");
  return { parameter: name === "" ? undefined : { name, values }, end: at };
}

function readParameterValue(text: string, from: number): { value: string; end: number } {
  if (text[from] !== '"') {
    const end = endOfRun(text, from, ",;:");
    return { value: decodeCaret(text.slice(from, end)), end };
  }
  const close = text.indexOf('"', from + 1);
  if (close < 0) {
    // A quote that nobody closes: the value goes to the next delimiter, as if there were none.
    const end = endOfRun(text, from + 1, ";:");
    return { value: decodeCaret(text.slice(from + 1, end)), end };
  }
  // Text between the closing quote and the next delimiter is no value of anyone's.
  return { value: decodeCaret(text.slice(from + 1, close)), end: endOfRun(text, close + 1, ",;:") };
}

function endOfRun(text: string, from: number, delimiters: string): number {
  let at = from;
  while (at < text.length && !delimiters.includes(text.charAt(at))) at += 1;
  return at;
}

/** Writes one line unfolded; parameter values are quoted where needed and caret-encoded (RFC 6868); control characters but TAB are dropped. */
export function writeContentLine(line: ContentLine): string {
  const parameters = line.parameters.map(({ name, values }) => `;${name}=${values.map(writeParameterValue).join(",")}`);
  return `${line.name}${parameters.join("")}:${line.value}`.replaceAll(CONTROL, "");
}

function writeParameterValue(value: string): string {
  const encoded = value.replaceAll("^", "^^").replaceAll("\n", "^n").replaceAll('"', "^'");
  return NEEDS_QUOTES.test(encoded) ? `"${encoded}"` : encoded;
}

function decodeCaret(value: string): string {
  return value.replaceAll(/\^([n'^])/gu, (_, mark: string) => (mark === "n" ? "\n" : mark === "'" ? '"' : "^"));
}

/** First value of a parameter, or undefined. */
export function parameterOf(line: ContentLine, name: string): string | undefined {
  return line.parameters.find((parameter) => parameter.name === name)?.values[0];
}

/** TEXT value to plain text, RFC 5545 3.3.11. */
export function unescapeText(value: string): string {
  return value.replaceAll(/\\([\\;,Nn])/gu, (_, mark: string) => (mark === "n" || mark === "N" ? "\n" : mark));
}

/** Plain text to a TEXT value, RFC 5545 3.3.11. */
export function escapeText(text: string): string {
  return text.replaceAll(/[\\;,]/gu, String.raw`\$&`).replaceAll(/\r\n|\r|\n/gu, String.raw`\n`);
}
