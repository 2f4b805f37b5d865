/**
 * What IAM asks for each call (IAM policy reference of Streaming): the permission, and the least that a policy statement
 * must say for it.
 */
export const PERMISSIONS = Object.freeze({
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
} as const);

/** The calls that this adapter makes. */
export type Operation = keyof typeof PERMISSIONS;
