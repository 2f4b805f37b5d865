/** A refusal in the service's own shape: `{"code": …, "message": …}` with its status. */
export class ServiceError extends Error {
  readonly status: number;
  readonly code: string;
  /** Of a call that came too soon: how long to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, code: string, message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'ServiceError';
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Every refusal that operations give, with the texts that the documentation or published output shows. */
export const refusal = {
  unparsable: () => new ServiceError(400, 'CannotParseRequest', 'Unable to parse JSON body'),
  missing: (what: string) => new ServiceError(400, 'MissingParameter', `${what} is required`),
  invalid: (message: string) => new ServiceError(400, 'InvalidParameter', message),
  limit: (message: string) => new ServiceError(400, 'LimitExceeded', message),
  // The service does not tell "absent" from "not permitted".
  notFound: () =>
    new ServiceError(404, 'NotAuthorizedOrNotFound', 'Authorization failed or requested resource not found.'),
  noSuchPath: (path: string) => new ServiceError(404, 'NotFound', `No operation is at ${path}`),
  wrongMethod: (method: string, path: string) =>
    new ServiceError(405, 'MethodNotAllowed', `${method} is not allowed at ${path}`),
  incorrectState: (message: string) => new ServiceError(409, 'IncorrectState', message),
  // Status and code are (unconfirmed): these are the general ones for creates.
  exists: (message: string) => new ServiceError(409, 'NotAuthorizedOrResourceAlreadyExists', message),
  staleEtag: () =>
    new ServiceError(412, 'NoEtagMatch', 'The if-match header does not match the current etag.'),
  cursorExpired: () => refusal.invalid('The cursor is expired. Create a new one.'),
  cursorInvalid: () => refusal.invalid('The cursor is invalid. Create a new one.'),
  outsideRetention: () => refusal.invalid('The cursor is outside the retention period and is now invalid.'),
  // The wait stands in the text, as two log connectors show it for GetMessages.
  tooMany: (what: string, waitMs: number) =>
    new ServiceError(
      429,
      'TooManyRequests',
      `Too many requests (${what}), next request can be made in ${waitMs} ms`,
      waitMs,
    ),
  unreserved: (partition: string) => refusal.invalid(`Trying to commit unreserved partition ${partition}`),
};
