/**
 * Which region is active at start: what stream.properties says, else the environment, else the primary.
 * A record without `ACTIVE_REGION` comes from the Java program: the secondary that it names is the active one.
 */
export interface RecordedSecondary {
  readonly ocid: string;
  readonly endpoint: string;
  /** Absent in a file of the Java program. */
  readonly activeRegion?: string | undefined;
}

export type ActiveChoice =
  | { readonly active: 'primary'; readonly because: 'record' | 'nothing-recorded' }
  | { readonly active: 'secondary'; readonly because: 'record' | 'environment' };

export function chooseActive(
  record: RecordedSecondary | undefined,
  environment: RecordedSecondary | undefined,
  regions: { readonly primary: string; readonly secondary: string },
): ActiveChoice {
  if (record !== undefined) {
    const primary = record.activeRegion === regions.primary;
    return { active: primary ? 'primary' : 'secondary', because: 'record' };
  }
  if (environment !== undefined) return { active: 'secondary', because: 'environment' };
  return { active: 'primary', because: 'nothing-recorded' };
}
