export type ResourceKind = 'STREAM' | 'STREAM_POOL' | 'CONNECT_HARNESS';
export type WorkRequestAction = 'CREATE' | 'UPDATE' | 'DELETE';
type WorkRequestStatus = 'ACCEPTED' | 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED';

/** Streaming's own record of a change to a stream, pool or harness. Times are milliseconds since 1970. */
export interface WorkRequest {
  readonly id: string;
  readonly action: WorkRequestAction;
  readonly kind: ResourceKind;
  readonly resourceId: string;
  readonly compartmentId: string;
  status: WorkRequestStatus;
  readonly timeAccepted: number;
  timeStarted?: number;
  timeFinished?: number;
  readonly errors: WorkRequestNote[];
  readonly logs: WorkRequestNote[];
}

export interface WorkRequestNote {
  readonly code?: string;
  readonly message: string;
  readonly timestamp: number;
}
