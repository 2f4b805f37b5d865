export { FaultBook, type FaultStatus } from './fault-book.ts';
export { NO_FAULT, type FaultPlan } from './plan.ts';
export { checkedRules, FaultRuleError, type FaultRule } from './rule.ts';
