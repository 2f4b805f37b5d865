/**
 * A value for a query string. The SDK puts it there as it is (oci-common 2.139.1, request-generator.js), where a `+`, `&` or
 * `#` would break the call. The characters that `encodeURIComponent` leaves are encoded too: the SDK's signer reads the
 * address with a parser that encodes some of them, and the signature must cover what is sent.
 */
export function queryValue(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
