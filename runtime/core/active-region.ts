/** What a record says of the active region: the rule that the runtime and the stack share. */
export interface ActiveRecord {
  /** The secondary stream that it names. */
  readonly secondary: object | undefined;
  /** `ACTIVE_REGION`; a file of the Java program has none. */
  readonly activeRegion: string | undefined;
}

/**
 * The region that a record makes active; undefined when it says nothing of it. A record without `ACTIVE_REGION` comes from
 * the Java program: the secondary that it names is the active one. Without a stream there, the secondary is not active.
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

/** Which region is active at start: what the record says, else the environment, which only names a secondary, else the primary. */
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
