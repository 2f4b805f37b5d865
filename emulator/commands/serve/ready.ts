import type { Emulator } from '../../emulator.ts';

/** For programs: one line of JSON. */
export function readyLine({ regions, control, configFile, compartmentId, caFile }: Emulator): string {
  return JSON.stringify({ regions, control, configFile, compartmentId, caFile });
}

/** As a checkout runs them, or as a package does, which is plain JavaScript. */
const programs = import.meta.url.endsWith('.ts')
  ? { emulator: 'npm run emulator --', producer: 'npm run producer --', consumer: 'npm run consumer' }
  : {
      emulator: 'oci-streaming-emulator',
      producer: 'oci-streaming-ha producer',
      consumer: 'oci-streaming-ha consumer',
    };

/** For people. */
export function whatToTypeNext(emulator: Emulator): string {
  const [first] = Object.keys(emulator.regions);
  return [
    'Ready. In another terminal:',
    '',
    `  export OCI_CONFIG_FILE=${emulator.configFile}`,
    `  export OCI_COMPARTMENT_ID=${emulator.compartmentId}`,
    ...(emulator.caFile === undefined ? [] : [`  export NODE_EXTRA_CA_CERTS=${emulator.caFile}`]),
    ...Object.entries(emulator.regions).map(([name, url]) => `  export ${endpointVariable(name)}=${url}`),
    '',
    `  ${programs.emulator} stream ${first} OCI-PRIMARY-STREAM --partitions 3 --control ${emulator.control}`,
    `  ${programs.producer} --count 20`,
    `  ${programs.consumer}`,
    '',
    'To see it fail, and to see what was stored:',
    '',
    `  ${programs.emulator} fault ${first} --status 503 --for 30s --control ${emulator.control}`,
    `  curl ${emulator.control}/ledger`,
    '',
    'Ctrl-C ends it.',
    '',
  ].join('\n');
}

function endpointVariable(region: string): string {
  return `OCI_STREAMING_ENDPOINT_${region.toUpperCase().replaceAll('-', '_')}`;
}
