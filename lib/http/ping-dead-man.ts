/** Tells a dead-man switch that a tick did its work: it raises an alarm elsewhere when it hears nothing. */

const LIMIT_MS = 3000;

/** Gives why it was not heard, naming the host alone, for the url is a secret; undefined where it was, or where there is none. */
export async function pingDeadMan(url: string): Promise<string | undefined> {
  if (url === "") return undefined;
  const host = URL.parse(url)?.host ?? "(no url)";
  const wanted = `wanted 200 within ${LIMIT_MS / 1000} s; check deadManUrl`;
  return await fetch(url, { redirect: "error", signal: AbortSignal.timeout(LIMIT_MS) }).then(
    (answer) => (answer.ok ? undefined : `the dead-man switch at ${host} answered ${answer.status}, ${wanted}`),
    (error: unknown) =>
      `the dead-man switch at ${host} gave no answer (${error instanceof Error ? error.name : typeof error}), ${wanted}`,
  );
}
