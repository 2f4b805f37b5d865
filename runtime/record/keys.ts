/**
 * The names under which the record is kept: keys of `stream.properties`; the first two are environment variables too, and
 * other programs read them.
 */
export const KEYS = Object.freeze({
  ocid: 'SECONDARY_STREAM_OCID',
  endpoint: 'SECONDARY_STREAM_ENDPOINT',
  activeRegion: 'ACTIVE_REGION',
  activeSince: 'ACTIVE_SINCE',
});

export type RecordKey = (typeof KEYS)[keyof typeof KEYS];
