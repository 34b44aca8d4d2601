/** The usage report as page and downloads show it: the same verb, the same question. */
import type { ReportView } from '@/lib/account/report-views';
import { reportUsage } from '@/lib/account/report-usage';
import { getServer } from '@/lib/server';
import { accountFor, type CustomerViewer } from '../viewer';
import { reportInput, type UsageQuery } from './query';

/** @throws InputError for days or a zone that make no range */
export async function reportHere(
  viewer: CustomerViewer,
  query: UsageQuery,
  ownZone: string,
): Promise<ReportView> {
  const [{ upgrades, peekMinute }, account] = await Promise.all([getServer(), accountFor(viewer)]);
  const input = { ...reportInput(query, ownZone), user: viewer.userId };
  return reportUsage(account, input, { ...upgrades, peekMinute });
}
