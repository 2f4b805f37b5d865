const STREAM_OCID = /^ocid1\.stream\.[a-z0-9-]+\.([a-z0-9-]+)\.[A-Za-z0-9._-]{1,200}$/;

/** Streams of the two oldest regions carry a key where the others carry the region's name. */
const NAME_OF_KEY: Readonly<Record<string, string>> = { iad: 'us-ashburn-1', phx: 'us-phoenix-1' };

/** The region in a stream's OCID (its fourth part), or undefined when the text is not the OCID of a stream. */
export function regionOfStream(ocid: string): string | undefined {
  const part = STREAM_OCID.exec(ocid)?.[1];
  return part === undefined ? undefined : (NAME_OF_KEY[part] ?? part);
}
