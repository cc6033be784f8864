import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

import { GoogleProvider } from '@cdktf/provider-google/lib/provider';
import * as cdktf from 'cdktf';
import { App, Testing, TerraformStack } from 'cdktf';

import { AudienceImport } from '../../../lib';
import { workspaceOf } from '../../../lib/workspace/workspace';
import { PROPS } from '../../support/stacks/stacks';

const outdir = mkdtempSync(join(tmpdir(), 'clashes-'));
afterAll(() => {
  rmSync(outdir, { recursive: true });
});

/** An app with two stacks, and ways to synthesize it. */
function twoStacks(options: { skipValidation?: boolean } = {}) {
  const app = Testing.stubVersion(new App({ outdir, stackTraces: false, ...options }));
  const [one, two] = [new TerraformStack(app, 'one'), new TerraformStack(app, 'two')];
  for (const stack of [one, two]) new GoogleProvider(stack, 'google', {});
  return { app, one, two };
}

type Stacks = ReturnType<typeof twoStacks>;

const WAYS: readonly (readonly [string, (stacks: Stacks) => void])[] = [
  [
    'app.synth',
    ({ app }) => {
      app.synth();
    },
  ],
  [
    'Testing.synth',
    ({ one }) => {
      Testing.synth(one);
    },
  ],
  [
    'Testing.synth with validations',
    ({ one }) => {
      Testing.synth(one, true);
    },
  ],
  [
    'Testing.fullSynth',
    ({ one }) => {
      rmSync(Testing.fullSynth(one), { recursive: true });
    },
  ],
];

describe.each(WAYS)('%s', (_, synthesize) => {
  test('It refuses the same workspace twice in one stack, with both paths', () => {
    const stacks = twoStacks();
    new AudienceImport(stacks.one, 'a', PROPS);
    new AudienceImport(stacks.one, 'b', PROPS);
    expect(() => {
      synthesize(stacks);
    }).toThrow(
      /more than once in this app.*\n {2}- one\/a and one\/b make bucket audience-acme-news-landing-7e64b4c6$/,
    );
  });

  test('It refuses the same workspace in two stacks, with both paths', () => {
    const stacks = twoStacks();
    new AudienceImport(stacks.one, 'a', PROPS);
    new AudienceImport(stacks.two, 'a', PROPS);
    expect(() => {
      synthesize(stacks);
    }).toThrow(/ {2}- one\/a and two\/a make bucket /);
  });

  test('It accepts workspaces whose names differ', () => {
    const stacks = twoStacks();
    new AudienceImport(stacks.one, 'a', PROPS);
    new AudienceImport(stacks.one, 'b', { ...PROPS, namePrefix: 'other' });
    new AudienceImport(stacks.two, 'a', { ...PROPS, workspace: 'globex' });
    expect(() => {
      synthesize(stacks);
    }).not.toThrow();
  });
});

test('Every clash of an app is in one error, and printing it shows each once', () => {
  const stacks = twoStacks();
  for (const workspace of ['acme', 'globex', 'initech']) {
    new AudienceImport(stacks.one, workspace, { ...PROPS, workspace });
    if (workspace !== 'initech') new AudienceImport(stacks.two, workspace, { ...PROPS, workspace });
  }
  new AudienceImport(stacks.two, 'again', { ...PROPS, workspace: 'acme' });
  const error = errorOf(() => {
    stacks.app.synth();
  });
  expect(error.message.split('\n').slice(1)).toEqual([
    expect.stringMatching(/^ {2}- one\/acme and two\/acme and two\/again make bucket /),
    expect.stringMatching(/^ {2}- one\/globex and two\/globex make bucket /),
  ]);
  expect(inspect(error).split('one/globex')).toHaveLength(2);
  expect(inspect(error)).toMatch(/^NameClashError: /);
});

test('Skipping validations does not skip the refusal', () => {
  const stacks = twoStacks({ skipValidation: true });
  new AudienceImport(stacks.one, 'a', PROPS);
  new AudienceImport(stacks.two, 'a', PROPS);
  expect(() => {
    stacks.app.synth();
  }).toThrow(/one\/a and two\/a/);
});

test('A construct that was removed from the app clashes with nothing', () => {
  const stacks = twoStacks();
  new AudienceImport(stacks.one, 'a', PROPS);
  stacks.one.node.tryRemoveChild('a');
  new AudienceImport(stacks.one, 'b', PROPS);
  expect(() => {
    stacks.app.synth();
  }).not.toThrow();
});

test('Two apps of one program do not clash', () => {
  for (const stacks of [twoStacks(), twoStacks()]) {
    new AudienceImport(stacks.one, 'a', PROPS);
    expect(() => {
      stacks.app.synth();
    }).not.toThrow();
  }
});

test('Constructs of two copies of the package clash', () => {
  const stacks = twoStacks();
  let other: typeof import('../../../lib/workspace/name-clashes') | undefined;
  jest.isolateModules(() => {
    // Two copies of the package share their peer dependencies.
    jest.doMock('cdktf', () => cdktf);
    other = jest.requireActual('../../../lib/workspace/name-clashes');
  });
  new AudienceImport(stacks.one, 'a', PROPS);
  other?.refuseNameClashes(
    stacks.two,
    workspaceOf({
      id: PROPS.workspace,
      projectId: PROPS.projectId,
      projectNumber: PROPS.projectNumber,
      location: 'EU',
      region: 'europe-west1',
      namePrefix: 'audience',
      labels: {},
      kmsKeyName: undefined,
      owners: undefined,
      deployer: undefined,
      destroyable: false,
    }),
  );
  expect(() => {
    Testing.synth(stacks.two);
  }).toThrow(/one\/a and two make bucket /);
});

function errorOf(action: () => void): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
