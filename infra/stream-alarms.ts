import type { StreamRole } from './tags.ts';

/** An alarm on a metric that OCI keeps for each stream. */
export interface AlarmPlan {
  /** Unique in the stack. */
  readonly name: string;
  readonly severity: 'CRITICAL' | 'WARNING';
  readonly body: string;
  /** How long the condition must hold, ISO 8601. */
  readonly pendingDuration: string;
  readonly metric: string;
  /** On one-minute samples of the metric, in Monitoring Query Language. */
  readonly condition: string;
}

/** Namespace, dimension and metric names: docs.oracle.com/iaas/Content/Streaming/Reference/streamingmetrics.htm. */
export const metricNamespace = 'oci_streaming';

export function alarmQuery({ metric, condition }: AlarmPlan, streamOcid: string): string {
  return `${metric}[1m]{resourceId = "${streamOcid}"}.${condition}`;
}

/**
 * Throttled reads or writes of every stream; silence of the primary only, because a standby is silent.
 *
 * @param silenceMinutes minutes without a stored message, 5 to 1440 (the configuration checks them)
 */
export function streamAlarms(role: StreamRole, streamName: string, silenceMinutes: number): AlarmPlan[] {
  const throttled: Pick<AlarmPlan, 'severity' | 'pendingDuration' | 'condition'> = {
    severity: 'WARNING',
    pendingDuration: 'PT5M',
    condition: 'sum() > 0',
  };
  const alarms: AlarmPlan[] = [
    {
      ...throttled,
      name: `${role}-put-throttled`,
      metric: 'PutMessagesThrottling.Count',
      body: `${streamName} refuses writes: a partition takes 1 MB/s. Spread the keys, or plan a stream with more partitions.`,
    },
    {
      ...throttled,
      name: `${role}-get-throttled`,
      metric: 'GetMessagesThrottling.Count',
      body: `${streamName} refuses reads: a partition answers 5 a second for each consumer group. Poll less often.`,
    },
  ];
  if (role === 'secondary') return alarms;
  return [
    ...alarms,
    {
      name: `${role}-silent`,
      severity: 'CRITICAL',
      pendingDuration: 'PT1M',
      metric: 'PutMessagesThroughput.Count',
      condition: `absent(${silenceMinutes}m)`,
      body: `${streamName} stored nothing for ${silenceMinutes} minutes. Is its region down (npm run status), or are the senders?`,
    },
  ];
}
