import type { AccessConfiguration } from './configuration.ts';

/** What the statements are limited to. */
export interface AccessScope {
  /** A compartment, or a tenancy, which is its own root compartment. */
  readonly compartmentId: string;
  readonly primaryStreamOcid: string;
  /**
   * The secondary of the stack, by OCID. One that the runtime may create in an emergency has no OCID yet, and a new
   * policy takes time to reach every region, so its whole region is allowed, by key (`vcp`).
   */
  readonly secondary: { readonly ocid: string } | { readonly regionKey: string };
}

type Principal = NonNullable<AccessConfiguration['producer']>;

/**
 * Least-privilege statements for producers, consumers and provisioners. Resource types and permissions:
 * docs.oracle.com/iaas/Content/Identity/Reference/streamingpolicyreference.htm. `request.region` needs a region's key:
 * docs.oracle.com/iaas/Content/Identity/policyreference/policyreference.htm. A condition on `target.stream.id` matches
 * neither a listing nor a stream that does not exist yet.
 */
export function accessStatements(access: AccessConfiguration, scope: AccessScope): string[] {
  const where = scope.compartmentId.startsWith('ocid1.tenancy.')
    ? 'in tenancy'
    : `in compartment id ${scope.compartmentId}`;
  const theStreams = `where any {target.stream.id = '${scope.primaryStreamOcid}', ${secondaryCondition(scope)}}`;
  const allow = (who: Principal, what: string, condition = '') =>
    `Allow ${subject(who)} to ${what} ${where} ${condition}`.trimEnd();
  // A provisioner runs a producer that may have to create the secondary.
  const { producer, consumer, provisioner } = access;
  return [
    ...(producer
      ? [allow(producer, 'use stream-push', theStreams), allow(producer, 'read streams', theStreams)]
      : []),
    ...(consumer
      ? [allow(consumer, 'use stream-pull', theStreams), allow(consumer, 'read streams', theStreams)]
      : []),
    ...(provisioner
      ? [
          // May find and create streams, not delete them or use their messages.
          allow(
            provisioner,
            'manage streams',
            "where any {request.permission = 'STREAM_INSPECT', request.permission = 'STREAM_READ', request.permission = 'STREAM_CREATE'}",
          ),
          allow(provisioner, 'read stream-pools'),
        ]
      : []),
  ];
}

function secondaryCondition({ secondary }: AccessScope): string {
  return 'ocid' in secondary
    ? `target.stream.id = '${secondary.ocid}'`
    : `request.region = '${secondary.regionKey}'`;
}

/** The name of a group in an identity domain is `'domain'/'group'`. */
function subject(who: Principal): string {
  const [type, name] = 'group' in who ? ['group', who.group] : ['dynamic-group', who.dynamicGroup];
  const quoted = name.split('/').map((part) => `'${part}'`);
  return `${type} ${quoted.length > 1 ? quoted.join('/') : name}`;
}

/** OCI refuses a policy without statements. */
export function hasPrincipals({ producer, consumer, provisioner }: AccessConfiguration): boolean {
  return [producer, consumer, provisioner].some((principal) => principal !== undefined);
}
