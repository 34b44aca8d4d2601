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
  const plans = await listPlans(await accountFor(viewer), {});
  return (
    <Frame
      viewer={viewer}
      current="/admin"
      title="New customer"
      lead="Someone who calls through this gateway and is on a plan."
    >
      <Card>
        <CustomerForm action={createCustomer} customer={null} plans={plans.data.map(({ plan }) => plan)} />
      </Card>
    </Frame>
  );
}
