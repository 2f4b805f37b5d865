import type { SettingName } from '../../settings/index.ts';
import type { LogFlags } from '../session.ts';
import { OF_ACCESS, OF_STREAMS } from '../setting-flags.ts';

/** The settings that matter to this command. `from` is a flag of its own here: it takes more. */
export const SETTINGS: readonly SettingName[] = [
  ...OF_STREAMS,
  'recordFile',
  ...OF_ACCESS,
  'maxAttempts',
  'baseDelayMs',
  'maxDelayMs',
  'retryWindowMs',
  'requestTimeoutMs',
  'closeTimeoutMs',
  'group',
  'readLimit',
  'idlePollMs',
  'standbyPollMs',
  'groupTimeoutMs',
];

/** The command line's own group, so that trying it out takes no messages from a program that uses the library's default. */
export const DEFAULT_GROUP = 'oci-streaming-ha-command-line';

export interface ConsumerFlags extends LogFlags {
  readonly count?: number;
  /** Milliseconds. */
  readonly untilIdle?: number;
  readonly follow?: boolean;
  readonly output?: 'text' | 'json';
  readonly format?: string;
  /** False: `--no-commit`. */
  readonly commit: boolean;
  readonly partition?: readonly string[];
  readonly offset?: string;
  readonly from?: string;
  readonly key?: string;
  readonly group?: string;
  readonly groupTimeout?: string;
}

/** Whether messages are read without a group. */
export function isInPassing({ commit, partition, offset }: ConsumerFlags): boolean {
  return !commit || partition !== undefined || offset !== undefined;
}

/** Flags that have no meaning together, in words; empty when there are none. */
export function contradictions(flags: ConsumerFlags): string[] {
  const found: string[] = [];
  const { count, untilIdle, follow, output, format, offset, from, group, groupTimeout, partition } = flags;
  const isGiven = (...values: unknown[]): boolean => values.every((value) => value !== undefined);
  if (isGiven(output, format)) found.push('--output and --format both say how a message is printed');
  if (isGiven(offset, from)) found.push('--offset and --from both say where reading begins');
  if (isGiven(follow, untilIdle)) found.push('--follow and --until-idle contradict one another');
  if (isGiven(follow, count)) found.push('--follow and --count contradict one another');
  if (isInPassing(flags)) {
    const why = 'has no meaning without a group: --no-commit, --partition and --offset read without one';
    if (group !== undefined) found.push(`--group ${why}`);
    if (groupTimeout !== undefined) found.push(`--group-timeout ${why}`);
  }
  if (offset !== undefined && /^\d+$/.test(offset) && partition?.length !== 1) {
    found.push(`--offset ${offset} is a place in one partition: give one --partition with it`);
  }
  return found;
}
