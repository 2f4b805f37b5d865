/** The part of a record that decides which region is active. The runtime and the stack share this rule. */
export interface ActiveRecord {
  /** The secondary stream in the record. */
  readonly secondary: object | undefined;
  /** `ACTIVE_REGION`; a file of the Java program has none. */
  readonly activeRegion: string | undefined;
}

/**
 * The region that a record makes active; undefined when the record does not say. The Java program writes no
 * `ACTIVE_REGION`: the secondary in its record is active. Without a stream in the record, the secondary cannot be
 * active.
 */
export function recordedRole(
  { secondary, activeRegion }: ActiveRecord,
  primaryRegion: string,
): 'primary' | 'secondary' | undefined {
  if (activeRegion === primaryRegion) return 'primary';
  return secondary === undefined ? undefined : 'secondary';
}

export interface ActiveAtStart {
  readonly active: 'primary' | 'secondary';
  readonly because: 'record' | 'environment' | 'nothing-recorded';
}

/**
 * Which region is active at start: the one that the record says; without a record the secondary, if the environment
 * names one; else the primary.
 */
export function activeAtStart(
  record: ActiveRecord,
  environment: object | undefined,
  primaryRegion: string,
): ActiveAtStart {
  const recorded = recordedRole(record, primaryRegion);
  if (recorded !== undefined) return { active: recorded, because: 'record' };
  if (environment !== undefined) return { active: 'secondary', because: 'environment' };
  return { active: 'primary', because: 'nothing-recorded' };
}
