/** Runs the delivery of due events beside whatever sweeps: one run at a time in this process, failures logged, nothing thrown. */
import { failureReason } from '@/db/queries/failure';
import type { AccountContext } from '@/lib/account/context';
import { deliverEvents, type DeliverEventsPorts } from '@/lib/account/deliver-events';
import type { Log } from '@/lib/gateway/ports';

/** Claims in the database keep other processes apart. Resolves when the run that is under way, or a new one, is over. */
export function createEventDelivery(
  account: AccountContext,
  ports: DeliverEventsPorts,
  log: Log,
): () => Promise<void> {
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    try {
      const { delivered, failed } = await deliverEvents(account, {}, ports);
      if (failed > 0) log.write('warn', 'events_not_delivered', { delivered, failed });
    } catch (error) {
      log.write('error', 'events_failed', { reason: failureReason(error) });
    }
  }

  return () => (running ??= run().finally(() => (running = null)));
}
