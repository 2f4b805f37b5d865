/**
 * What IAM asks for each call (IAM policy reference of Streaming): the permission, and the least that a policy statement
 * must say for it.
 */
const PERMISSIONS = Object.freeze({
  PutMessages: { permission: 'STREAM_PRODUCE', statement: 'use stream-push' },
  GetMessages: { permission: 'STREAM_CONSUME', statement: 'use stream-pull' },
  CreateGroupCursor: { permission: 'STREAM_CONSUME', statement: 'use stream-pull' },
  ConsumerCommit: { permission: 'STREAM_CONSUME', statement: 'use stream-pull' },
  ConsumerHeartbeat: { permission: 'STREAM_CONSUME', statement: 'use stream-pull' },
  CreateCursor: { permission: 'STREAM_CONSUME', statement: 'use stream-pull' },
  GetGroup: { permission: 'STREAM_CONSUME', statement: 'use stream-pull' },
  UpdateGroup: { permission: 'STREAM_CONSUME', statement: 'use stream-pull' },
  ListStreams: { permission: 'STREAM_INSPECT', statement: 'inspect streams' },
  GetStream: { permission: 'STREAM_READ', statement: 'read streams' },
  CreateStream: { permission: 'STREAM_CREATE', statement: 'manage streams' },
  // The policy reference does not name it: what every call of the control plane needs at least.
  ListWorkRequests: { permission: 'STREAM_INSPECT', statement: 'inspect streams' },
} as const);

/** The calls that this adapter makes. */
export type OperationName = keyof typeof PERMISSIONS;

/** Who signed the call, for people. */
export interface Signer {
  readonly identity: string;
  readonly remedy: string;
}

/** What to check after a refusal, for the end of its message; undefined where the service's own words are enough. */
export function iamHint(
  status: number,
  code: string,
  operation: OperationName,
  signer: Signer,
): string | undefined {
  if (status === 401) return `Signed with ${signer.identity}: ${signer.remedy}.`;
  if (status === 403) return `Signed with ${signer.identity}. ${whatItTakes(operation)}`;
  if (status === 404 && code === 'NotAuthorizedOrNotFound') {
    return `Either it does not exist, or ${signer.identity} may not: ${whatItTakes(operation)}`;
  }
  return undefined;
}

function whatItTakes(operation: OperationName): string {
  const { permission, statement } = PERMISSIONS[operation];
  return `${operation} needs ${permission} ("Allow group … to ${statement} in compartment …").`;
}
