import type { Metadata } from 'next';
import { comparePlans } from '@/lib/account/compare-plans';
import { getServer } from '@/lib/server';
import { formatsHere } from '../preferences';
import { Content, Shell } from '../shell';
import { Empty } from '../ui/empty';
import { PageHeader } from '../ui/page-header';
import { accountFor, customerHere } from '../viewer';
import { ZoneCookie } from '../zone-cookie';
import { Notice, readNotice } from './notice';
import { PlanCard } from './plan-card';

export const metadata: Metadata = { title: 'Plans · Tollgate' };

interface PlansProps {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>;
}

export default async function Plans({ searchParams }: PlansProps) {
  const viewer = await customerHere();
  const [params, formats, { upgrades }, account] = await Promise.all([
    searchParams,
    formatsHere(),
    getServer(),
    accountFor(viewer),
  ]);
  const comparison = await comparePlans(account, { user: viewer.userId }, upgrades);
  const reset = formats.instant(comparison.resets_at);
  return (
    <Shell viewer={viewer} current="/plans">
      <ZoneCookie known={formats.timeZone} />
      <Content>
        <PageHeader
          title="Plans"
          lead={`What each would give you, with your own use laid over it. Months are counted in UTC; this one ends ${reset}.`}
        />
        <Notice name={readNotice(params)} />
        {comparison.plans.length === 0 ? (
          <Empty title="No plans are on offer">Ask whoever runs this gateway.</Empty>
        ) : (
          <ul className="grid items-stretch gap-5 md:grid-cols-2 lg:grid-cols-3">
            {comparison.plans.map((plan) => (
              <li key={plan.plan} className="flex">
                <PlanCard
                  plan={plan}
                  comparison={comparison}
                  formats={formats}
                  mayChange={viewer.mayChange}
                />
              </li>
            ))}
          </ul>
        )}
      </Content>
    </Shell>
  );
}
