/** A refusal of the service: a status, and the body `{"code": …, "message": …}`. */
export class ServiceError extends Error {
  readonly status: number;
  readonly code: string;
  /** Of a 429: how long to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, code: string, message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'ServiceError';
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Every refusal of the operations. The texts are those of the documentation or of published output. */
export const refusal = {
  unparsable: () => new ServiceError(400, 'CannotParseRequest', 'Unable to parse JSON body'),
  missing: (what: string) => new ServiceError(400, 'MissingParameter', `${what} is required`),
  invalid: (message: string) => new ServiceError(400, 'InvalidParameter', message),
  limit: (message: string) => new ServiceError(400, 'LimitExceeded', message),
  // One answer for both "absent" and "not permitted", as the service does.
  notFound: () =>
    new ServiceError(404, 'NotAuthorizedOrNotFound', 'Authorization failed or requested resource not found.'),
  noSuchPath: (path: string) => new ServiceError(404, 'NotFound', `There is no operation at ${path}`),
  wrongMethod: (method: string, path: string) =>
    new ServiceError(405, 'MethodNotAllowed', `${method} is not allowed at ${path}`),
  incorrectState: (message: string) => new ServiceError(409, 'IncorrectState', message),
  // Status and code are (unconfirmed): OCI's general ones for creations.
  exists: (message: string) => new ServiceError(409, 'NotAuthorizedOrResourceAlreadyExists', message),
  staleEtag: () =>
    new ServiceError(412, 'NoEtagMatch', 'The if-match header does not match the current etag.'),
  cursorExpired: () => refusal.invalid('The cursor is expired. Create a new one.'),
  cursorInvalid: () => refusal.invalid('The cursor is invalid. Create a new one.'),
  outsideRetention: () => refusal.invalid('The cursor is outside the retention period and is now invalid.'),
  // The text names the wait, as the logs of two connectors show it for GetMessages.
  tooMany: (what: string, waitMs: number) =>
    new ServiceError(
      429,
      'TooManyRequests',
      `Too many requests (${what}), next request can be made in ${waitMs} ms`,
      waitMs,
    ),
  unreserved: (partition: string) => refusal.invalid(`Trying to commit unreserved partition ${partition}`),
};
