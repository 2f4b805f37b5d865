/** The code and text that go with a status, unless a rule names its own. */
const CODES: Readonly<Record<number, readonly [code: string, message: string]>> = {
  400: ['InvalidParameter', 'The request is not valid.'],
  401: [
    'NotAuthenticated',
    'The required information to complete authentication was not provided or was incorrect.',
  ],
  403: ['NotAuthorized', 'Authorization failed.'],
  404: ['NotAuthorizedOrNotFound', 'Authorization failed or requested resource not found.'],
  409: ['IncorrectState', 'The requested state for the resource conflicts with its current state.'],
  412: ['NoEtagMatch', 'The if-match header does not match the current etag.'],
  413: ['PayloadTooLarge', 'The request is too large.'],
  429: ['TooManyRequests', 'Too many requests for the tenant.'],
  500: ['InternalServerError', 'An internal server error occurred.'],
  501: ['MethodNotImplemented', 'The method is not implemented.'],
  503: ['ServiceUnavailable', 'The service is currently unavailable.'],
};

export function codeOf(status: number): string {
  return CODES[status]?.[0] ?? (status >= 500 ? 'InternalServerError' : 'InvalidParameter');
}

export function messageOf(status: number): string {
  return CODES[status]?.[1] ?? `The emulator was asked to answer ${status}.`;
}
