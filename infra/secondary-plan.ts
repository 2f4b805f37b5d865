import type { Configuration } from './configuration.ts';
import { madeByStack } from './marks.ts';
import type { SecondaryChoice } from './secondary-choice.ts';
import { streamPlan, type StreamPlan } from './stream-plan.ts';

export type SecondaryPlan =
  | { readonly do: 'declare'; readonly stream: StreamPlan }
  | { readonly do: 'report'; readonly known?: { readonly ocid: string; readonly endpoint: string } };

/** On demand the stack only reports the secondary. Warm, it owns it: makes it, or adopts the one that the runtime made. */
export function planSecondary(
  configuration: Configuration,
  stack: string,
  choice: SecondaryChoice,
): SecondaryPlan {
  if (configuration.standby === 'onDemand') {
    return { do: 'report', ...(choice.secondary && { known: choice.secondary }) };
  }
  const stream = streamPlan(configuration, stack, 'secondary');
  if (!choice.live) return { do: 'declare', stream: { ...stream, leaveAsIs: choice.warning !== undefined } };
  if (madeByStack(choice.live, stack)) return { do: 'declare', stream };
  return { do: 'declare', stream: { ...stream, adopt: choice.live.ocid, leaveAsIs: true } };
}

/** What a failover to a secondary that is smaller than the primary would mean, in words. */
export function shortcomings(configuration: Configuration, { live }: SecondaryChoice): string[] {
  if (!live || live.partitions >= configuration.partitions) return [];
  return [
    `The secondary ${live.ocid} has partitions = ${live.partitions}, the primary ${configuration.partitions}: after a failover it throttles sooner.`,
  ];
}
