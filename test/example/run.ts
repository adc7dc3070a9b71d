/** `npm run test:example`: examples/app-server beside one machine, driven over HTTP alone; and each line of docs/migrate.md and docs/api.md. */
import { OneMachine } from "../smoke/one-machine.ts";
import { Checks } from "./checks.ts";
import { followPage } from "./follow-page.ts";
import { playApp } from "./play-app.ts";
import { seeConfirmedOnSnsAlone, seeForgedMessagesRefused, seeSignedMessagesTaken } from "./signature.ts";

const checks = new Checks();
await checks.see("a message and a confirmation that SNS signed are taken", seeSignedMessagesTaken);
await checks.see("a forged, altered or foreign message is refused", seeForgedMessagesRefused);
await checks.see("a subscription is confirmed on SNS's own host alone", seeConfirmedOnSnsAlone);
const warnings: string[] = [];
const machine = await OneMachine.fresh((line) => void warnings.push(line));
try {
  // Each is an owner of its own on one machine: none sees another's things, so that they can go on at the same time.
  await Promise.all([playApp(checks, machine), followPage(checks, "migrate.md", machine), followPage(checks, "api.md", machine)]);
} finally {
  await machine.stop();
}
// Sources that fail are part of the play; what the machine says of them matters where something went wrong.
if (checks.failed > 0) console.log(warnings.map((line) => `      machine | ${line}`).join("\n"));
process.exitCode = checks.end();
