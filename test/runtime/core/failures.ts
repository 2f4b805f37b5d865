import type { CallFailure } from '../../../runtime/core/index.ts';

export function status(
  code: number,
  more: Partial<Extract<CallFailure, { type: 'status' }>> = {},
): CallFailure {
  return { type: 'status', status: code, code: '', message: '', ...more };
}

export const hang: CallFailure = { type: 'timeout', afterMs: 2_000 };
export const reset: CallFailure = { type: 'reset', detail: 'ECONNRESET' };
export const refusedConnection: CallFailure = {
  type: 'unreachable',
  reason: 'refused',
  detail: 'ECONNREFUSED',
};
export const unreadable: CallFailure = { type: 'unreadable', status: 200, start: '<html>' };
export const local: CallFailure = { type: 'local', detail: 'EMFILE' };
export const misconfigured: CallFailure = { type: 'misconfigured', detail: 'the endpoint is not https' };
export const aborted: CallFailure = { type: 'aborted', written: true };
