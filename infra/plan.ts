import { planAccess, type AccessPlan } from './access-plan.ts';
import { planAlarms, type AlarmsPlan } from './alarms-plan.ts';
import type { Configuration } from './configuration.ts';
import { replacementProblem } from './fixed-at-creation.ts';
import type { LiveStream } from './live-stream.ts';
import type { RuntimeRecord } from './record.ts';
import type { SecondaryChoice } from './secondary-choice.ts';
import { planSecondary, shortcomings, type SecondaryPlan } from './secondary-plan.ts';
import { streamPlan, type StreamPlan } from './stream-plan.ts';

/** What the regions showed before anything was declared. */
export interface Sight {
  /** The primary that this stack made earlier; absent when there is none, or when it was not to be seen. */
  readonly primary?: LiveStream;
  readonly secondary: SecondaryChoice;
}

export type Plan =
  | { readonly do: 'refuse'; readonly because: string }
  | {
      readonly do: 'build';
      readonly primary: StreamPlan;
      readonly secondary: SecondaryPlan;
      readonly access?: AccessPlan;
      readonly alarms: readonly AlarmsPlan[];
      readonly tags: Readonly<{ [key: string]: string }>;
      readonly activeRegion: string;
      readonly warnings: readonly string[];
    };

/**
 * Everything that the stack is to hold and to tell, decided from plain values.
 *
 * @param stack `project/stack`
 * @param secondaryRegionKey only access policies need it
 */
export function planStack(
  configuration: Configuration,
  stack: string,
  record: RuntimeRecord,
  sight: Sight,
  secondaryRegionKey: string,
): Plan {
  const primary = streamPlan(configuration, stack, 'primary');
  const secondary = planSecondary(configuration, stack, sight.secondary);
  const declared = [primary, ...(secondary.do === 'declare' ? [secondary.stream] : [])];
  const losses = declared.flatMap((wanted) => {
    const live = wanted.role === 'primary' ? sight.primary : sight.secondary.live;
    return live && !wanted.leaveAsIs ? (replacementProblem(live, wanted) ?? []) : [];
  });
  if (losses.length > 0 && configuration.protect) return { do: 'refuse', because: losses.join('\n') };
  const access = planAccess(configuration, stack, secondaryRegionKey);
  const { warning } = sight.secondary;
  return {
    do: 'build',
    primary,
    secondary,
    ...(access && { access }),
    alarms: planAlarms(configuration, stack, declared),
    tags: configuration.tags,
    activeRegion: record.activeRegion ?? configuration.primaryRegion,
    warnings: [
      ...record.warnings,
      ...(warning === undefined ? [] : [warning]),
      ...losses,
      ...shortcomings(configuration, sight.secondary),
    ],
  };
}
