import { failureKind } from '../core/index.ts';
import { CallError, HaError, type HaErrorCode } from '../errors.ts';
import type { ConsumedRegion } from './consumed-region.ts';

/** What a person is told when reading fails in a way that trying again does not mend: what came, and what to do next. */
export function readRefusal(error: HaError, { region, role }: ConsumedRegion): HaError {
  if (!(error instanceof CallError)) return error;
  const [code, remedy] = remedyOf(error);
  return new HaError(code, `Reading from ${region.name} (${role}) is refused: ${error.message}. ${remedy}`, {
    cause: error,
  });
}

function remedyOf({ failure }: CallError): [HaErrorCode, string] {
  switch (failureKind(failure)) {
    case 'auth-fault':
      return ['AUTH', 'Check profile, key and fingerprint, and that the clock is right.'];
    case 'absent':
      return [
        'NOT_AUTHORIZED_OR_NOT_FOUND',
        'Check the stream OCID, and the policy: Allow group <group> to use stream-pull in compartment <compartment>.',
      ];
    case 'redirected':
      return ['CONFIG', 'Check the endpoint: redirects are not followed.'];
    default:
      return [
        'REJECTED',
        'Check the group, its position (UpdateGroup resets it), and the limits of the tenancy.',
      ];
  }
}
