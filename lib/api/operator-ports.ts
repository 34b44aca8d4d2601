/** Tells the operator's verbs what is configured: names, formats and models of providers, never their keys. */
import type { OperatorPorts } from '@/lib/account/operator-ports';
import { priceIdOf } from '@/lib/providers/catalogue';
import { CATALOGUE, configuredProviders, type Configured } from '@/lib/providers/registry';
import type { StatusReport } from './status';

export interface OperatorDeps extends Pick<OperatorPorts, 'bookOf' | 'ownPrices'> {
  readonly settings: Configured;
  readonly reportStatus: () => Promise<StatusReport>;
}

/** The sandbox lists other providers' models: none of them is its own. */
const isReal = ({ name }: { readonly name: string }): boolean => name !== 'sandbox';

export function createOperatorPorts({ settings, reportStatus, ...prices }: OperatorDeps): OperatorPorts {
  const configured = configuredProviders(settings);
  const names = new Set(configured.map(({ name }) => name));
  const unconfigured = CATALOGUE.all.filter(({ provider }) => !names.has(provider));
  return {
    ...prices,
    providers: configured.map(({ name, displayName, formats, compatFormats }) => ({
      name,
      displayName,
      formats: [...formats, ...compatFormats],
    })),
    models: [
      ...configured.filter(isReal).flatMap(({ name, models, reportsCost }) =>
        models.map((entry) => ({
          provider: name,
          model: entry.id,
          priceModel: priceIdOf(entry),
          // What is no longer offered is called by nobody.
          configured: entry.retired !== true,
          reported: reportsCost === true,
        })),
      ),
      ...unconfigured.map(({ provider, entry }) => ({
        provider,
        model: entry.id,
        priceModel: priceIdOf(entry),
        configured: false,
        reported: false,
      })),
    ],
    reach: async () => (await reportStatus()).providers,
  };
}
