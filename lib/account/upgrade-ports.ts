/** What verbs about upgrading need from outside: where the operator sends customers, and who sells plans. */
import type { Subscription } from '@/lib/domain/subscription';

export interface CheckoutOrder {
  readonly user: string;
  readonly plan: string;
  /** The seller's id of the plan's recurring price. */
  readonly price: string;
  /** The seller's id of the customer, who has bought before; else `null`. */
  readonly customer: string | null;
  readonly email: string | null;
  /** Where the browser goes afterwards: paid, or given up. */
  readonly successUrl: string;
  readonly cancelUrl: string;
  /** Orders alike in this too are one order: a second click makes no second one. */
  readonly once: string;
}

/** Sells plans as subscriptions. @throws GatewayError `upstream_unreachable` or `upstream_broken` where it can't be asked */
export interface Seller {
  /** The address of a page to pay on. */
  startCheckout(order: CheckoutOrder): Promise<string>;
  /** The address of a page where a customer changes or cancels what he has bought. */
  openPortal(customer: string, returnUrl: string): Promise<string>;
  /** A subscription as it stands now; `null` where there is none of that id. */
  subscription(id: string): Promise<Subscription | null>;
}

export interface UpgradePorts {
  /** TOLLGATE_UPGRADE_URL; `null`: none. */
  readonly upgradeUrl: string | null;
  /** `null`: plans aren't sold here. */
  readonly seller: Seller | null;
}
