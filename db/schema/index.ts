/** Every table of the product. */
export { planLimits } from './plans';
export { gatewayTokens, machines, users } from './users';
export {
  llmUsage,
  providerHours,
  refusalDays,
  tokenMonths,
  usageDays,
  usageMonths,
  usageSlots,
} from './usage';
export { sessions } from './sessions';
export { modelPrices } from './prices';
export { dismissals, events, settings, signInLinks, stripeEvents, webSessions } from './pages';
export { auditLog } from './audit';
