export type { ProbePurpose, RoutingEffect, RoutingEvent, RoutingNews } from './routing-events.ts';
export {
  OTHER,
  startRouting,
  type Hold,
  type Lease,
  type RecordedRouting,
  type Role,
  type RoutingLimits,
  type RoutingStart,
  type RoutingState,
} from './state.ts';
export { activeRole, type Step } from './step.ts';
export { nextTime, route, takeTurn } from './transitions.ts';
