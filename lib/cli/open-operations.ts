/** The adapters that stop, start and examine a deployment as a whole. */
import { DeadLetterLane } from "../aws/dead-letter-lane.ts";
import { PauseTable } from "../aws/pause-table.ts";
import type { QueueClient } from "../aws/queue-client.ts";
import type { RecordTable } from "../aws/record-table.ts";
import { StackProbe } from "../aws/stack-probe.ts";
import { Switchboard } from "../aws/switchboard.ts";
import { TaskQueue } from "../aws/task-queue.ts";
import type { StackOutputs } from "../contract/machine.ts";
import { Refusal } from "../core/failure.ts";
import type { Operations } from "./terminal.ts";

/** Throws `stack-unknown` for a stack of an older release. */
export function openOperations(outputs: StackOutputs, table: RecordTable, queues: QueueClient): Operations {
  const { ScheduleGroup: group, AlertsTopicArn: topicArn, AlertWebhook: webhook } = outputs;
  if (group === undefined || topicArn === undefined) {
    const what = "the stack lacks the outputs ScheduleGroup and AlertsTopicArn, wanted those of this release";
    throw new Refusal("stack-unknown", what, "deploy it again with: npm run deploy");
  }
  const deadLetters = {
    "import dlq": outputs.ImportDlqUrl,
    "urgent dlq": outputs.UrgentDlqUrl,
    "export dlq": outputs.ExportDlqUrl,
    "download dlq": outputs.DownloadDlqUrl,
    ...(outputs.LostEventsDlqUrl === undefined ? {} : { "lost events": outputs.LostEventsDlqUrl }),
  };
  const imports = { import: outputs.ImportQueueUrl, urgent: outputs.UrgentQueueUrl };
  const lane = (name: string, from: string, to: string): Operations["lanes"][number] => ({
    from: new DeadLetterLane(name, queues, from),
    to: new TaskQueue(queues, to),
  });
  return {
    switches: new Switchboard({ imports, deadLetters, arnOf: async (url) => await queues.arnOf(url) }, group),
    pauses: new PauseTable(table),
    lanes: [
      lane("import dlq", outputs.ImportDlqUrl, outputs.ImportQueueUrl),
      lane("urgent dlq", outputs.UrgentDlqUrl, outputs.UrgentQueueUrl),
      lane("export dlq", outputs.ExportDlqUrl, outputs.ExportQueueUrl),
      lane("download dlq", outputs.DownloadDlqUrl, outputs.DownloadQueueUrl),
    ],
    probe: new StackProbe({ topicArn, webhook, queues: deadLetters }),
  };
}
