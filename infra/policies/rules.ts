/** The part of a resource that the rules use. */
export interface Declared {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly props: Readonly<Record<string, unknown>>;
  readonly opts: { readonly protect: boolean };
}

const streamType = 'oci:Streaming/stream:Stream';
const poolType = 'oci:Streaming/streamPool:StreamPool';
const policyType = 'oci:Identity/policy:Policy';
const componentType = 'oci-streaming-ha:infra:HaStream';

/**
 * Streams and pools hold messages, so they must be protected. A stream that the stack did not create is never deleted,
 * and needs no protection.
 */
export function protectProblem({ type, props, opts }: Declared): string | undefined {
  if ((type !== streamType && type !== poolType) || opts.protect) return undefined;
  const tags = (props['freeformTags'] ?? {}) as Readonly<Record<string, unknown>>;
  if (type === streamType && tags['created-by'] !== undefined && tags['pulumi-stack'] === undefined)
    return undefined;
  return 'It holds messages, and an update could delete it. Run: pulumi config set protect true';
}

export function retentionProblem({ type, props }: Declared, hours: number): string | undefined {
  const has = props['retentionInHours'];
  if (type !== streamType || (typeof has === 'number' && has >= hours)) return undefined;
  return `It keeps messages for ${typeof has === 'number' ? `${has} hours` : 'the default of the service'}, and at least ${hours} are asked for. Run: pulumi config set retentionInHours ${hours}`;
}

/** `any-user` is everyone, signed in or not; `any-group` is every user of the tenancy. */
export function publicAccessProblem({ type, props }: Declared): string | undefined {
  const statements = type === policyType && Array.isArray(props['statements']) ? props['statements'] : [];
  const open = statements
    .map(String)
    .filter((text) => /^\s*(?:allow|endorse|admit)\s+any-(?:user|group)\b/i.test(text));
  return open.length === 0
    ? undefined
    : `It lets everybody in: ${open.join('; ')}. Name a group or a dynamic group.`;
}

/**
 * The components that need a warm standby and have none.
 *
 * @param isProduction by the name of a stack
 */
export function standbyProblems(
  resources: readonly Declared[],
  isProduction: RegExp,
): { readonly urn: string; readonly problem: string }[] {
  return resources
    .filter(({ type, urn }) => type === componentType && isProduction.test(stackOf(urn)))
    .filter(
      ({ name }) =>
        !resources.some((other) => other.type === streamType && other.name.startsWith(`${name}-secondary-`)),
    )
    .map(({ urn }) => ({
      urn,
      problem: `The stack ${stackOf(urn)} is in production and has no standby: in an outage its streams would have to be made first. Run: pulumi config set standby warm`,
    }));
}

/** `urn:pulumi:<stack>::…` */
const stackOf = (urn: string): string => urn.split(':')[2] ?? '';
