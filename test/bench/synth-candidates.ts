import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { App, TerraformStack } from 'cdktf';
import type { AudienceImportProps } from 'cdktf-audience-import';

import type { Candidate } from './run-candidate';

/** What every workspace has. */
export const SYNTH_PROPS: AudienceImportProps = {
  workspace: 'one',
  projectId: 'ads-imports',
  projectNumber: '123456789012',
  location: 'EU',
  buildServiceAccount: 'function-builder@ads-imports.iam.gserviceaccount.com',
};

/** Nothing is imported before a candidate asks for it: imports are what some of them measure. */
export const SYNTH_CANDIDATES: Readonly<Record<string, Candidate>> = {
  async 'import cdktf'() {
    return Object.keys(await import('cdktf')).length;
  },

  async 'import cdktf-audience-import'() {
    await import('cdktf');
    return Object.keys(await import('cdktf-audience-import')).length;
  },

  /** As many tables of the provider's, nothing but their names, in as many stacks. */
  async 'bare tables'(input) {
    const [workspaces = 0, resources = 0] = input.split(' ').map(Number);
    const { BigqueryTable } = await import('@cdktf/provider-google/lib/bigquery-table/index.js');
    return synthesize(workspaces, (stack) => {
      for (let n = 0; n < resources; n += 1) {
        new BigqueryTable(stack, `table-${n}`, { datasetId: 'd', tableId: `t${n}` });
      }
    });
  },

  async AudienceImport(input) {
    const [workspaces = 0] = input.split(' ').map(Number);
    const { AudienceImport } = await import('cdktf-audience-import');
    return synthesize(workspaces, (stack, workspace) => {
      new AudienceImport(stack, 'audiences', { ...SYNTH_PROPS, workspace });
    });
  },
};

/** One app, a stack a workspace, written to disk. */
async function synthesize(
  workspaces: number,
  fill: (stack: TerraformStack, workspace: string) => void,
): Promise<number> {
  const cdktf = await import('cdktf');
  const { GoogleProvider } = await import('@cdktf/provider-google/lib/provider/index.js');
  const outdir = mkdtempSync(join(tmpdir(), 'bench-synth-'));
  try {
    const app: App = new cdktf.App({ outdir });
    for (let n = 0; n < workspaces; n += 1) {
      const stack = new cdktf.TerraformStack(app, `workspace-${n}`);
      new GoogleProvider(stack, 'google', {});
      fill(stack, `workspace-${n}`);
    }
    app.synth();
    return workspaces;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
