import { CallError, HaError } from '../errors.ts';

/** What a person can do when the secondary cannot be found or made, behind what the service said. */
export function provisionRemedy(error: HaError, region: string): HaError {
  const remedy = remedyFor(error, region);
  return new HaError(
    'PROVISION',
    `No secondary stream: ${error.message}${remedy === '' ? '' : ` ${remedy}`}`,
    { cause: error },
  );
}

function remedyFor(error: HaError, region: string): string {
  if (!(error instanceof CallError) || error.failure.type !== 'status') return '';
  const { status, code } = error.failure;
  if (code === 'LimitExceeded' || code === 'QuotaExceeded') {
    return `Ask for more partitions in ${region} (Governance, Limits: Streaming), or delete a stream there.`;
  }
  if (status === 401) return `Check the credentials, and that the tenancy is subscribed to ${region}.`;
  if (status === 403 || status === 404) {
    return (
      `Check that the tenancy is subscribed to ${region}, and the policy: Allow group <group> to manage streams in ` +
      "compartment <compartment> where any {request.permission = 'STREAM_INSPECT', request.permission = 'STREAM_READ', request.permission = 'STREAM_CREATE'}."
    );
  }
  return '';
}
