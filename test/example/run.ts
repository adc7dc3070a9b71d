/** `npm run test:example`: examples/app-server beside one machine, driven over HTTP alone; then each step of docs/migrate.md. */
import { Checks } from "./checks.ts";
import { playApp } from "./play-app.ts";
import { seeConfirmedOnSnsAlone, seeForgedMessagesRefused, seeSignedMessagesTaken } from "./signature.ts";

const checks = new Checks();
await checks.see("a message and a confirmation that SNS signed are taken", seeSignedMessagesTaken);
await checks.see("a forged, altered or foreign message is refused", seeForgedMessagesRefused);
await checks.see("a subscription is confirmed on SNS's own host alone", seeConfirmedOnSnsAlone);
await playApp(checks);
process.exitCode = checks.end();
