import { describe, expect, it } from 'vitest';
import { accessStatements, type AccessScope } from '../../infra/access-statements.ts';

const primary = 'ocid1.stream.oc1.sa-saopaulo-1.p';
const scope: AccessScope = {
  compartmentId: 'ocid1.compartment.oc1..c',
  primaryStreamOcid: primary,
  secondary: { regionKey: 'vcp' },
};
const where = 'in compartment id ocid1.compartment.oc1..c';

describe('access statements', () => {
  it('J1: let a producer write to the primary, and to whatever secondary is made in an emergency, and nothing else', () => {
    expect(accessStatements({ producer: { group: 'writers' } }, scope)).toEqual([
      `Allow group writers to use stream-push ${where} where any {target.stream.id = '${primary}', request.region = 'vcp'}`,
      `Allow group writers to read streams ${where} where any {target.stream.id = '${primary}', request.region = 'vcp'}`,
    ]);
  });

  it('J1: name the secondary where the stack owns it', () => {
    const secondary = { ocid: 'ocid1.stream.oc1.sa-vinhedo-1.s' };
    const condition = `where any {target.stream.id = '${primary}', target.stream.id = '${secondary.ocid}'}`;
    expect(accessStatements({ consumer: { dynamicGroup: 'readers' } }, { ...scope, secondary })).toEqual([
      `Allow dynamic-group readers to use stream-pull ${where} ${condition}`,
      `Allow dynamic-group readers to read streams ${where} ${condition}`,
    ]);
  });

  it('J1: let a provisioner find and create, never delete, never touch a message', () => {
    const statements = accessStatements({ provisioner: { group: 'Default/ops' } }, scope);
    expect(statements).toEqual([
      `Allow group 'Default'/'ops' to manage streams ${where} where any {request.permission = 'STREAM_INSPECT', request.permission = 'STREAM_READ', request.permission = 'STREAM_CREATE'}`,
      `Allow group 'Default'/'ops' to read stream-pools ${where}`,
    ]);
    expect(statements.join()).not.toMatch(/DELETE|PRODUCE|CONSUME|push|pull/);
  });

  it('J1: speak of the tenancy where that is the compartment', () => {
    const root = { ...scope, compartmentId: 'ocid1.tenancy.oc1..t' };
    expect(accessStatements({ provisioner: { group: 'ops' } }, root)[1]).toBe(
      'Allow group ops to read stream-pools in tenancy',
    );
  });

  it('J1: are none for nobody', () => {
    expect(accessStatements({}, scope)).toEqual([]);
  });
});
