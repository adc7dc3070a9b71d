/** How many messages lie in each queue of the stack. */
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";

import type { StackOutputs } from "../contract/machine.ts";
import type { QueueDepth, QueueDepths } from "./terminal.ts";

const QUEUES = {
  import: "ImportQueueUrl",
  urgent: "UrgentQueueUrl",
  export: "ExportQueueUrl",
  download: "DownloadQueueUrl",
  "import dlq": "ImportDlqUrl",
  "urgent dlq": "UrgentDlqUrl",
  "export dlq": "ExportDlqUrl",
  "download dlq": "DownloadDlqUrl",
  "lost events": "LostEventsDlqUrl",
} as const satisfies Record<string, keyof StackOutputs>;

export class SqsDepths implements QueueDepths {
  private readonly client = new SQSClient({});
  private readonly outputs: StackOutputs;

  constructor(outputs: StackOutputs) {
    this.outputs = outputs;
  }

  async depths(): Promise<readonly QueueDepth[]> {
    const there = Object.entries(QUEUES).flatMap(([queue, output]) => {
      const url = this.outputs[output];
      return url === undefined ? [] : [this.depth(queue, url)];
    });
    return await Promise.all(there);
  }

  private async depth(queue: string, url: string): Promise<QueueDepth> {
    const { Attributes: counts } = await this.client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }),
    );
    return {
      queue,
      waiting: Number(counts?.["ApproximateNumberOfMessages"] ?? 0),
      inFlight: Number(counts?.["ApproximateNumberOfMessagesNotVisible"] ?? 0),
      delayed: Number(counts?.["ApproximateNumberOfMessagesDelayed"] ?? 0),
    };
  }
}
