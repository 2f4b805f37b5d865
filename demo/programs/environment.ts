/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the programs need to know of the emulator; part of its ready line. */
interface Whereabouts {
  readonly regions: Readonly<Record<string, string>>;
  readonly configFile: string;
  readonly compartmentId: string;
}

/** Settings of the runtime: the caller's own are for real regions, and must not reach the demo's programs. */
const SETTINGS = /^(OCI|PRIMARY|SECONDARY)_|^STREAM_PROPERTIES$/;

/** The caller's environment without any setting of the runtime. */
export function withoutSettings(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !SETTINGS.test(name)));
}

/** The variables that lead a program to the emulator: what the emulator tells a person to type. */
export function towards({ regions, configFile, compartmentId }: Whereabouts): Environment {
  const endpoints = Object.entries(regions).map(([region, url]) => [
    `OCI_STREAMING_ENDPOINT_${region.toUpperCase().replaceAll('-', '_')}`,
    url,
  ]);
  return {
    OCI_CONFIG_FILE: configFile,
    OCI_COMPARTMENT_ID: compartmentId,
    ...Object.fromEntries(endpoints),
  };
}
