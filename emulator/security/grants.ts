const PERMISSIONS = [
  'STREAM_INSPECT',
  'STREAM_READ',
  'STREAM_UPDATE',
  'STREAM_MOVE',
  'STREAM_PRODUCE',
  'STREAM_CONSUME',
  'STREAM_CREATE',
  'STREAM_DELETE',
  'STREAM_POOL_INSPECT',
  'STREAM_POOL_READ',
  'STREAM_POOL_UPDATE',
  'STREAM_POOL_MOVE',
  'STREAM_POOL_CREATE',
  'STREAM_POOL_DELETE',
  'CONNECT_HARNESS_INSPECT',
  'CONNECT_HARNESS_READ',
  'CONNECT_HARNESS_UPDATE',
  'CONNECT_HARNESS_MOVE',
  'CONNECT_HARNESS_CREATE',
  'CONNECT_HARNESS_DELETE',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** The identity of a call, as authorization sees it. */
export interface Caller {
  readonly may: (permission: Permission, compartmentId: string) => boolean;
}

type Verb = 'inspect' | 'read' | 'use' | 'manage';
const VERBS: readonly Verb[] = ['inspect', 'read', 'use', 'manage'];

/** What each verb adds to the verb before it, by resource type. From OCI's documentation of policies. */
const BY_TYPE: Readonly<Record<string, Readonly<Record<Verb, readonly Permission[]>>>> = {
  streams: {
    inspect: ['STREAM_INSPECT'],
    read: ['STREAM_READ'],
    use: ['STREAM_UPDATE', 'STREAM_MOVE', 'STREAM_PRODUCE', 'STREAM_CONSUME'],
    manage: ['STREAM_CREATE', 'STREAM_DELETE'],
  },
  'stream-push': { inspect: [], read: [], use: ['STREAM_PRODUCE'], manage: [] },
  'stream-pull': { inspect: [], read: [], use: ['STREAM_CONSUME'], manage: [] },
  'stream-pools': {
    inspect: ['STREAM_POOL_INSPECT'],
    read: ['STREAM_POOL_READ'],
    use: ['STREAM_POOL_UPDATE', 'STREAM_POOL_MOVE'],
    manage: ['STREAM_POOL_CREATE', 'STREAM_POOL_DELETE'],
  },
  'connect-harness': {
    inspect: ['CONNECT_HARNESS_INSPECT'],
    read: ['CONNECT_HARNESS_READ'],
    use: ['CONNECT_HARNESS_UPDATE', 'CONNECT_HARNESS_MOVE'],
    manage: ['CONNECT_HARNESS_CREATE', 'CONNECT_HARNESS_DELETE'],
  },
};

export class GrantError extends Error {}

/** `use stream-push in compartment ocid1…`. Without a compartment the grant holds in every compartment. */
export interface Grant {
  readonly permissions: ReadonlySet<Permission>;
  readonly compartmentId: string | undefined;
}

/** Parses a grant in the words of a policy. Throws a `GrantError` that explains the form. */
export function parseGrant(text: string): Grant {
  const match = /^(\w+) ([\w-]+)(?: in compartment (\S+))?$/.exec(text.trim());
  const verb = VERBS.indexOf(match?.[1] as Verb);
  const permissions = match === null || verb === -1 ? undefined : permissionsOf(verb, match[2]!);
  if (permissions === undefined) {
    const types = [...Object.keys(BY_TYPE), 'stream-family'].join(', ');
    throw new GrantError(
      `"${text}" is not a grant such as "use stream-push in compartment ocid1…"; verbs: ${VERBS.join(', ')}; types: ${types}`,
    );
  }
  return { permissions: new Set(permissions), compartmentId: match?.[3] };
}

function permissionsOf(verb: number, type: string): readonly Permission[] | undefined {
  if (type === 'stream-family') return verb === VERBS.length - 1 ? PERMISSIONS : familyOf(verb);
  const row = BY_TYPE[type];
  return row === undefined ? undefined : VERBS.slice(0, verb + 1).flatMap((each) => row[each]);
}

function familyOf(verb: number): Permission[] {
  return Object.values(BY_TYPE).flatMap((row) => VERBS.slice(0, verb + 1).flatMap((each) => row[each]));
}
