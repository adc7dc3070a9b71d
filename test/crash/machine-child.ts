/** A machine in a process of its own, so that it can be killed: `tick` and `stop` come as messages. */
import { start } from "../../lib/local/machine.ts";

const [dir = "", tables = "", messages = ""] = process.argv.slice(2);
const env = {
  AWS_ENDPOINT_URL_DYNAMODB: tables,
  AWS_ENDPOINT_URL_SQS: messages,
  AWS_ENDPOINT_URL_S3: messages,
  AWS_ENDPOINT_URL_SNS: messages,
};
const machine = await start({ dir, port: 0, ticks: "manual", env });
process.on("message", (word) => {
  void (word === "tick" ? machine.tick() : machine.stop().then(() => process.exit(0)));
});
process.send?.({
  url: machine.url,
  adminKey: machine.adminKey,
  tables: machine.env["AWS_ENDPOINT_URL_DYNAMODB"],
  messages: machine.env["AWS_ENDPOINT_URL_SQS"],
});
