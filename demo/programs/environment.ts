/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** How to reach the emulator; part of its ready line. */
interface EmulatorAddress {
  readonly regions: Readonly<Record<string, string>>;
  readonly configFile: string;
  readonly compartmentId: string;
}

/** Settings of the runtime. The user's own are for real regions, and must not reach the demo's programs. */
const SETTINGS = /^(OCI|PRIMARY|SECONDARY)_|^STREAM_PROPERTIES$/;

/** The caller's environment without any setting of the runtime. */
export function withoutSettings(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !SETTINGS.test(name)));
}

/** The variables that make a program use the emulator: those that the emulator prints when it is ready. */
export function emulatorVariables({ regions, configFile, compartmentId }: EmulatorAddress): Environment {
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
