const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const HEX = '0123456789abcdef';

function randomText(alphabet: string, length: number, random: () => number): string {
  let text = '';
  for (let index = 0; index < length; index++) text += alphabet[Math.floor(random() * alphabet.length)];
  return text;
}

type OcidKind = 'stream' | 'streampool' | 'connectharness' | 'streamsworkrequest';

/** `ocid1.stream.oc1.sa-saopaulo-1.amaaaaaa…`: the unique part has 60 characters of `a-z2-7`, like those of real streams. */
export function newOcid(kind: OcidKind, region: string, random: () => number): string {
  return `ocid1.${kind}.oc1.${region}.amaaaaaa${randomText(BASE32, 52, random)}`;
}

/** OCIDs of tenancies, users and compartments have no region. */
export function newGlobalOcid(kind: 'tenancy' | 'user' | 'compartment', random: () => number): string {
  return `ocid1.${kind}.oc1..aaaaaaaa${randomText(BASE32, 52, random)}`;
}

/** 12 letters or digits: the host label of a private pool. */
export function newLabel(random: () => number): string {
  return randomText(BASE32, 12, random);
}

export function newUuid(random: () => number): string {
  const hex = randomText(HEX, 32, random);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Quoted, two UUIDs with a hyphen between them, like those of the service. */
export function newEtag(random: () => number): string {
  return `"${newUuid(random)}-${newUuid(random)}"`;
}

/** The two parts of 32 upper-case hex digits that the service adds to the caller's `opc-request-id`. */
export function newRequestIdParts(random: () => number): string {
  return `${randomText(HEX, 32, random)}/${randomText(HEX, 32, random)}`.toUpperCase();
}
