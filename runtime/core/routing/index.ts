export type { ProbePurpose, RoutingEffect, RoutingEvent, RoutingNews } from './routing-events.ts';
export {
  OTHER,
  startRouting,
  type Hold,
  type LeaseTerms,
  type RecordedRouting,
  type Role,
  type RoutingLimits,
  type RoutingStart,
  type RoutingState,
} from './state.ts';
export { activeRole, type RoutingStep } from './step.ts';
export { nextTime, route, takeTurn } from './transitions.ts';
