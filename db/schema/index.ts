/** Every table of the product. */
export { planLimits } from './plans';
export { gatewayTokens, machines, users } from './users';
export { llmUsage, usageDays, usageMonths } from './usage';
export { sessions } from './sessions';
export { modelPrices } from './prices';
