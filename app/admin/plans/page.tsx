import type { Metadata } from 'next';
import Link from 'next/link';
import { listPlanUse } from '@/lib/account/list-plan-use';
import type { PlanUse } from '@/lib/account/operator-views';
import { NANO_USD_PER_CENT } from '@/lib/domain/plan';
import type { Formats } from '../../formats';
import { formatsHere } from '../../preferences';
import { Badge } from '../../ui/badge';
import { Card } from '../../ui/card';
import { Cell, Head, RowHead, Table } from '../../ui/table';
import { accountFor, operatorHere } from '../../viewer';
import { CsvLink, Frame } from '../page-frame';
import { href } from '../query';
import { NONE } from '../words';
import { savePlan } from './actions';
import { PlanForm, type PlanTexts } from './plan-form';

export const metadata: Metadata = { title: 'Plans · Tollgate' };

const dollars = (cents: number | null): string =>
  cents === null ? '' : cents % 100 === 0 ? String(cents / 100) : (cents / 100).toFixed(2);

const textsOf = (plan: PlanUse): PlanTexts => ({
  plan: plan.plan,
  monthly_tokens: plan.monthly_tokens === null ? '' : String(plan.monthly_tokens),
  monthly_cost_cents: dollars(plan.monthly_cost_cents),
  rate_limit_rpm: String(plan.rate_limit_rpm),
  rate_limit_tpm: String(plan.rate_limit_tpm),
  count_cache_reads: plan.count_cache_reads,
  models: (plan.models ?? []).join('\n'),
  price_cents: dollars(plan.price_cents),
  listed: plan.listed,
  description: plan.description ?? '',
  stripe_price_id: plan.stripe_price_id ?? '',
});

/** What a first plan might look like; every field is meant to be changed. */
const NEW_PLAN: PlanTexts = {
  plan: '',
  monthly_tokens: '',
  monthly_cost_cents: '',
  rate_limit_rpm: '60',
  rate_limit_tpm: '100000',
  count_cache_reads: false,
  models: '',
  price_cents: '',
  listed: true,
  description: '',
  stripe_price_id: '',
};

function PlanRow({ plan, formats }: { readonly plan: PlanUse; readonly formats: Formats }) {
  const income = plan.price_cents === null ? null : plan.price_cents * plan.customers * NANO_USD_PER_CENT;
  const margin = income === null ? null : income - plan.spend_nano_usd;
  return (
    <tr>
      <RowHead>
        <a href={`#${plan.plan}`} className="underline underline-offset-3">
          {plan.plan}
        </a>{' '}
        {!plan.listed && <Badge>Unlisted</Badge>}
      </RowHead>
      <Cell figure>{plan.price_cents === null ? NONE : formats.cents(plan.price_cents)}</Cell>
      <Cell figure>
        <Link
          href={href('/admin', { plan: plan.plan })}
          prefetch={false}
          className="underline underline-offset-3"
        >
          {formats.count(plan.customers)}
        </Link>
      </Cell>
      <Cell figure>{formats.usd(plan.spend_nano_usd)}</Cell>
      <Cell figure className={margin !== null && margin < 0 ? 'font-medium text-bad' : ''}>
        {margin === null ? NONE : formats.usd(margin)}
      </Cell>
      <Cell figure>{plan.monthly_tokens === null ? 'No cap' : formats.compact(plan.monthly_tokens)}</Cell>
      <Cell figure>
        {plan.monthly_cost_cents === null ? 'No cap' : formats.cents(plan.monthly_cost_cents)}
      </Cell>
      <Cell figure>
        {formats.count(plan.rate_limit_rpm)} / {formats.compact(plan.rate_limit_tpm)}
      </Cell>
      <Cell figure>{formats.count(plan.over.any)}</Cell>
    </tr>
  );
}

export default async function Plans() {
  const viewer = await operatorHere();
  const [account, formats] = await Promise.all([accountFor(viewer), formatsHere()]);
  const { data: plans } = await listPlanUse(account, {});
  return (
    <Frame
      viewer={viewer}
      current="/admin/plans"
      title="Plans"
      lead="What each plan allows and costs. A change holds from the next call on."
      actions={<CsvLink href="/admin/download/plans" />}
    >
      <Card
        id="all"
        title="This month"
        lead="Customers, what they cost, and how many have used up a cap."
        flush
      >
        <Table caption="Plans this month">
          <thead>
            <tr>
              <Head>Plan</Head>
              <Head figure>Price a month</Head>
              <Head figure>Customers</Head>
              <Head figure>Spend</Head>
              <Head figure>Margin</Head>
              <Head figure>Token cap</Head>
              <Head figure>Money cap</Head>
              <Head figure>Requests / tokens a minute</Head>
              <Head figure>Over a cap</Head>
            </tr>
          </thead>
          <tbody>
            {plans.map((plan) => (
              <PlanRow key={plan.plan} plan={plan} formats={formats} />
            ))}
          </tbody>
        </Table>
      </Card>
      {plans.map((plan) => (
        <Card
          key={plan.plan}
          id={plan.plan}
          title={`Plan "${plan.plan}"`}
          lead={`${formats.count(plan.customers)} ${plan.customers === 1 ? 'customer' : 'customers'}, ${formats.count(plan.over.any)} over a cap${
            plan.updated_at === null ? '' : `; last changed ${formats.instant(plan.updated_at)}`
          }.`}
        >
          <PlanForm action={savePlan} plan={textsOf(plan)} isNew={false} />
        </Card>
      ))}
      <Card id="new-plan" title="New plan">
        <PlanForm action={savePlan} plan={NEW_PLAN} isNew />
      </Card>
    </Frame>
  );
}
