import type { AccessConfiguration } from './configuration.ts';

/** What a policy statement can be limited to. */
export interface AccessScope {
  /** A compartment, or a tenancy: its own root compartment. */
  readonly compartmentId: string;
  readonly primaryStreamOcid: string;
  /**
   * A secondary that the stack owns is named. One that the runtime will make in an emergency has no OCID yet, and a new
   * policy takes time to reach every region: so its whole region is allowed, by key (`vcp`).
   */
  readonly secondary: { readonly ocid: string } | { readonly regionKey: string };
}

type Principal = NonNullable<AccessConfiguration['producer']>;

/**
 * Least-privilege statements for those who produce, consume and provision.
 *
 * Resource types and permissions: docs.oracle.com/iaas/Content/Identity/Reference/streamingpolicyreference.htm;
 * `request.region` takes a region's key: docs.oracle.com/iaas/Content/Identity/policyreference/policyreference.htm.
 * Conditions on `target.stream.id` never match a listing, nor a stream that does not exist yet.
 */
export function accessStatements(access: AccessConfiguration, scope: AccessScope): string[] {
  const where = scope.compartmentId.startsWith('ocid1.tenancy.')
    ? 'in tenancy'
    : `in compartment id ${scope.compartmentId}`;
  const theStreams = `where any {target.stream.id = '${scope.primaryStreamOcid}', ${secondaryCondition(scope)}}`;
  const allow = (who: Principal, what: string, condition = '') =>
    `Allow ${subject(who)} to ${what} ${where} ${condition}`.trimEnd();
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
          // Find and create; never delete, never touch a message.
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

/** A group of an identity domain is written `'domain'/'group'`. */
function subject(who: Principal): string {
  const [type, name] = 'group' in who ? ['group', who.group] : ['dynamic-group', who.dynamicGroup];
  const quoted = name.split('/').map((part) => `'${part}'`);
  return `${type} ${quoted.length > 1 ? quoted.join('/') : name}`;
}
