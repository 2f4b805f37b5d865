import { expect, test } from 'vitest';

import { emulatorVariables, withoutSettings } from '../../../demo/programs/environment.ts';

test("the caller's settings do not reach the demo's programs, everything else does", () => {
  const caller = {
    PATH: '/bin',
    HOME: '/home/ana',
    OCI_CLI_PROFILE: 'PROD',
    OCI_STREAMING_ENDPOINT_SA_SAOPAULO_1: 'https://real.example',
    PRIMARY_STREAM_OCID: 'ocid1.stream.oc1..real',
    SECONDARY_STREAM_OCID: 'ocid1.stream.oc1..real',
    SECONDARY_STREAM_ENDPOINT: 'https://real.example',
    STREAM_PROPERTIES: '/etc/stream.properties',
    MY_OCI_NOTES: 'kept',
  };
  expect(withoutSettings(caller)).toEqual({ PATH: '/bin', HOME: '/home/ana', MY_OCI_NOTES: 'kept' });
});

test('the emulator is reached by the variables that it tells people to set', () => {
  const whereabouts = {
    regions: { 'sa-saopaulo-1': 'http://127.0.0.1:1', 'sa-vinhedo-1': 'http://127.0.0.1:2' },
    configFile: '/tmp/config',
    compartmentId: 'ocid1.compartment.oc1..aaaa',
  };
  expect(emulatorVariables(whereabouts)).toEqual({
    OCI_CONFIG_FILE: '/tmp/config',
    OCI_COMPARTMENT_ID: 'ocid1.compartment.oc1..aaaa',
    OCI_STREAMING_ENDPOINT_SA_SAOPAULO_1: 'http://127.0.0.1:1',
    OCI_STREAMING_ENDPOINT_SA_VINHEDO_1: 'http://127.0.0.1:2',
  });
});
