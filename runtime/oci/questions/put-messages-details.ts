import type { models } from 'oci-streaming';

import type { EncodedMessage } from '../../region.ts';

/** Only what goes on the wire: the SDK would send `bytes` as well. */
export function putMessagesDetails(messages: readonly EncodedMessage[]): models.PutMessagesDetails {
  return {
    messages: messages.map(({ key, value }) => (key === null ? { value } : { key, value })),
  };
}
