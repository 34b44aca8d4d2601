/** Who looks at a page: the customer whose pages are shown, or an operator. */
import { GatewayError } from '@/lib/domain/errors';

export interface CustomerViewer {
  readonly kind: 'customer';
  readonly userId: string;
  /** Who it is in words: a token's name, an e-mail address. */
  readonly subject: string;
  readonly method: 'token' | 'link' | 'oidc';
  /** `false`: a narrowed token, or a suspended customer; every page may be read and nothing changed. */
  readonly mayChange: boolean;
  readonly sessionId: string;
}

export interface OperatorViewer {
  readonly kind: 'operator';
  readonly subject: string;
  readonly method: 'admin-token' | 'oidc';
  readonly mayChange: true;
  readonly sessionId: string;
}

export type Viewer = CustomerViewer | OperatorViewer;

/** @throws GatewayError `forbidden` for a session that may only look */
export function assertMayChange(viewer: Viewer): void {
  if (viewer.mayChange) return;
  throw new GatewayError(
    'forbidden',
    'You are signed in for reading only; nothing can be changed from here.',
  );
}
