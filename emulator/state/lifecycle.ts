/** What streams, pools and harnesses can be. */
type LifecycleState = 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING' | 'DELETED' | 'FAILED';

/** What streams, pools and harnesses have in common. Times are milliseconds since 1970. */
export interface Resource {
  readonly id: string;
  compartmentId: string;
  lifecycleState: LifecycleState;
  lifecycleStateDetails?: string;
  readonly timeCreated: number;
  timeDeleted?: number;
  etag: string;
  freeformTags: Record<string, string>;
  definedTags: Record<string, Record<string, unknown>>;
}
