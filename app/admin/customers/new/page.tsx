import type { Metadata } from 'next';
import { listPlans } from '@/lib/account/list-plans';
import { Card } from '../../../ui/card';
import { accountFor, operatorHere } from '../../../viewer';
import { Frame } from '../../page-frame';
import { createCustomer } from '../actions';
import { CustomerForm } from '../customer-forms';

export const metadata: Metadata = { title: 'New customer · Tollgate' };

export default async function NewCustomer() {
  const viewer = await operatorHere();
  const { data } = await listPlans(await accountFor(viewer), {});
  // The smallest first: whoever forgets to choose gives the least away.
  const plans = data.toSorted(
    (a, b) => (a.monthly_cost_cents ?? Infinity) - (b.monthly_cost_cents ?? Infinity),
  );
  return (
    <Frame
      viewer={viewer}
      current="/admin"
      title="New customer"
      lead="Someone who calls through this gateway and is on a plan."
    >
      <Card>
        <CustomerForm action={createCustomer} customer={null} plans={plans.map(({ plan }) => plan)} />
      </Card>
    </Frame>
  );
}
