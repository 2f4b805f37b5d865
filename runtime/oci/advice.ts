import { PERMISSIONS, type Operation } from './permissions.ts';

/** Who signed the call, for people. */
export interface Signer {
  readonly identity: string;
  readonly remedy: string;
}

/** What to check after a refusal, for the end of its message; undefined where the service's own words are enough. */
export function advice(
  status: number,
  code: string,
  operation: Operation,
  signer: Signer,
): string | undefined {
  if (status === 401) return `Signed with ${signer.identity}: ${signer.remedy}.`;
  if (status === 403) return `Signed with ${signer.identity}. ${whatItTakes(operation)}`;
  if (status === 404 && code === 'NotAuthorizedOrNotFound') {
    return `Either it does not exist, or ${signer.identity} may not: ${whatItTakes(operation)}`;
  }
  return undefined;
}

function whatItTakes(operation: Operation): string {
  const { permission, statement } = PERMISSIONS[operation];
  return `${operation} needs ${permission} ("Allow group … to ${statement} in compartment …").`;
}
