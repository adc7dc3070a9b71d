/** Alerts in memory, under the conditions of the table; channels that keep what they were told, and may be down. */
import type { AlertGroup } from "../../lib/contract/alert.ts";
import type { AlertMessage } from "../../lib/core/alert-message.ts";
import type { AlertBook, AlertChannel } from "../../lib/sync/raise-alert.ts";

export class MemoryAlerts implements AlertBook {
  readonly stored = new Map<string, AlertGroup>();
  /** Names of all groups there ever were. */
  readonly raised = new Set<string>();

  async groups(): Promise<readonly AlertGroup[]> {
    return structuredClone([...this.stored.values()]);
  }

  async group(name: string): Promise<AlertGroup | undefined> {
    return structuredClone(this.stored.get(name));
  }

  async put(group: AlertGroup): Promise<boolean> {
    if ((this.stored.get(group.group)?.revision ?? 0) !== group.revision - 1) return false;
    this.stored.set(group.group, structuredClone(group));
    this.raised.add(group.group);
    return true;
  }

  async remove({ group, revision }: AlertGroup): Promise<void> {
    if (this.stored.get(group)?.revision === revision) this.stored.delete(group);
  }
}

export class MemoryChannel implements AlertChannel {
  readonly name: string;
  readonly messages: AlertMessage[] = [];
  isDown = false;

  constructor(name: string) {
    this.name = name;
  }

  async tell(message: AlertMessage): Promise<void> {
    if (this.isDown) throw new Error(`the ${this.name} gave no answer, wanted one`);
    this.messages.push(structuredClone(message));
  }

  subjects(): string[] {
    return this.messages.map(({ subject }) => subject);
  }
}
