import type { Configuration } from './configuration.ts';
import { nameInTenancy, type StreamRole } from './marks.ts';
import { streamAlarms, type AlarmPlan } from './stream-alarms.ts';
import type { StreamPlan } from './stream-plan.ts';

/** A topic and its alarms: an alarm can only notify a topic of its own region. */
export interface AlarmsPlan {
  readonly role: StreamRole;
  readonly region: string;
  readonly compartmentId: string;
  readonly topicName: string;
  readonly email?: string;
  readonly alarms: readonly AlarmPlan[];
}

export function planAlarms(
  { alarms, compartmentId }: Configuration,
  stack: string,
  streams: readonly StreamPlan[],
): AlarmsPlan[] {
  if (!alarms) return [];
  return streams.map(({ role, region, name }) => ({
    role,
    region,
    compartmentId,
    topicName: nameInTenancy(stack, role),
    ...(alarms.email !== undefined && { email: alarms.email }),
    alarms: streamAlarms(role, name, alarms.silenceMinutes),
  }));
}
