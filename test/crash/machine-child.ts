/** A machine in a process of its own, so that it can be killed: `tick` and `stop` come as messages. */
import { start } from "../../lib/local/machine.ts";

const [dir = "", assembly = "", tables = "", messages = ""] = process.argv.slice(2);
const env = {
  AWS_ENDPOINT_URL_DYNAMODB: tables,
  AWS_ENDPOINT_URL_SQS: messages,
  AWS_ENDPOINT_URL_S3: messages,
  AWS_ENDPOINT_URL_SNS: messages,
};
const machine = await start({ dir, assembly, port: 0, ticks: "manual", env });
process.on("message", (word) => {
  // A tick that the end of the machine breaks off is owed by the next one.
  if (word === "tick") machine.tick().catch(() => undefined);
  else void machine.stop().then(() => process.exit(0));
});
// Nobody is left to stop it.
process.on("disconnect", () => process.exit(1));
process.send?.({
  url: machine.url,
  adminKey: machine.adminKey,
  outputs: machine.outputs,
  tables: machine.env["AWS_ENDPOINT_URL_DYNAMODB"],
  messages: machine.env["AWS_ENDPOINT_URL_SQS"],
});
