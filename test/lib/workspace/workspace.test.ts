import { datasetNames, workspaceOf } from '../../../lib/workspace/workspace';
import { workspaceNames } from '../../../lib/workspace/names';

const OPTIONS = {
  id: 'Acme News',
  projectId: 'ads-imports',
  projectNumber: '123456789012',
  location: 'EU',
  region: 'europe-west1',
  namePrefix: 'audience',
  labels: { team: 'ads' },
  kmsKeyName: undefined,
  owners: undefined,
  deployer: undefined,
  destroyable: false,
};

test('A workspace has the names of its id, project and prefix', () => {
  const { names } = workspaceOf(OPTIONS);
  expect(names).toEqual(workspaceNames('ads-imports', 'Acme News', 'audience'));
});

test('A workspace adds its id to the given labels, within the rules of labels', () => {
  expect(workspaceOf(OPTIONS).labels).toEqual({
    team: 'ads',
    workspace: 'acme-news',
  });
  const { labels } = workspaceOf({ ...OPTIONS, id: 'x'.repeat(200) });
  expect(labels['workspace']).toHaveLength(63);
});

test('SQL finds the datasets by project and id, and gets no other name', () => {
  const workspace = workspaceOf(OPTIONS);
  expect(datasetNames(workspace)).toEqual({
    projectId: 'ads-imports',
    coreDataset: workspace.names.coreDataset,
    publishedDataset: workspace.names.publishedDataset,
  });
});
