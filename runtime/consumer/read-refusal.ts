import { failureKind, type FailureKind } from '../core/index.ts';
import { CallError, HaError, type HaErrorCode } from '../errors.ts';
import type { ConsumedRegion } from './consumed-region.ts';

const CODES: Readonly<Partial<Record<FailureKind, HaErrorCode>>> = {
  'auth-fault': 'AUTH',
  absent: 'NOT_AUTHORIZED_OR_NOT_FOUND',
  redirected: 'CONFIG',
};

/** What a person is told when reading fails in a way that trying again does not mend. What to check is in the failure. */
export function readRefusal(error: HaError, { region, role }: ConsumedRegion): HaError {
  if (!(error instanceof CallError)) return error;
  const code = CODES[failureKind(error.failure)] ?? 'REJECTED';
  return new HaError(code, `The ${role} stream in ${region.name} cannot be read: ${error.message}`, {
    cause: error,
  });
}
