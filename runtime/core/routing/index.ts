export {
  OTHER,
  startRouting,
  type Hold,
  type Lease,
  type ProbePurpose,
  type RecordedRouting,
  type Role,
  type RoutingEffect,
  type RoutingEvent,
  type RoutingLimits,
  type RoutingNews,
  type RoutingStart,
  type RoutingState,
} from './state.ts';
export { activeRole, type Step } from './step.ts';
export { nextTime, route, takeTurn } from './transitions.ts';
