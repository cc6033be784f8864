import fc from 'fast-check';

import { namePatternOf, workspaceNames } from '../../../lib/workspace/names';

const LIMITS = {
  landingBucket: /^[a-z0-9](?!.*goog)(?!.*g[o0]{2}g)[a-z0-9-]{1,61}[a-z0-9]$/,
  stagingBucket: /^[a-z0-9](?!.*goog)(?!.*g[o0]{2}g)[a-z0-9-]{1,61}[a-z0-9]$/,
  coreDataset: /^[a-z0-9_]{1,100}$/,
  publishedDataset: /^[a-z0-9_]{1,100}$/,
  mergeAccountId: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
  ingestAccountId: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
  invokerAccountId: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
  ingestFunction: /^[a-z][a-z0-9-]{1,47}[a-z0-9]$/,
  sweepJob: /^[a-z0-9-]{1,63}$/,
  healthJob: /^[a-z0-9-]{1,63}$/,
};

test('names are readable, and the same for ever', () => {
  expect(workspaceNames('ads-imports', 'acme-news', 'audience')).toEqual({
    landingBucket: 'audience-acme-news-landing-7e64b4c6',
    stagingBucket: 'audience-acme-news-staging-7e64b4c6',
    coreDataset: 'audience_acme_news_core_7e64b4c6',
    publishedDataset: 'audience_acme_news_published_7e64b4c6',
    mergeAccountId: 'audience-acme-n-merge-7e64b4c6',
    ingestAccountId: 'audience-acme-ingest-7e64b4c6',
    invokerAccountId: 'audience-acme-invoker-7e64b4c6',
    ingestFunction: 'audience-acme-news-ingest-7e64b4c6',
    sweepJob: 'audience-acme-news-sweep-7e64b4c6',
    healthJob: 'audience-acme-news-health-7e64b4c6',
  });
});

test('any workspace id gives names inside the limits of each service', () => {
  const workspace = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
    fc.constantFrom(
      'Google News',
      'g00gle',
      'gooogle',
      '日本',
      '---',
      'A'.repeat(200),
      '${x}',
      'a_b',
    ),
  );
  const prefix = fc
    .stringMatching(/^[a-z][a-z0-9-]{0,9}$/)
    .filter((text) => !text.includes('goog'));
  fc.assert(
    fc.property(workspace, prefix, (id, namePrefix) => {
      const names = workspaceNames('ads-imports', id, namePrefix);
      expect(Object.keys(LIMITS).sort()).toEqual(Object.keys(names).sort());
      for (const [kind, pattern] of Object.entries(LIMITS)) {
        expect(names[kind as keyof typeof names]).toMatch(pattern);
      }
    }),
  );
});

test('workspaces that read alike, and projects, do not share names', () => {
  const all = [
    ['p1', 'Acme News'],
    ['p1', 'acme-news'],
    ['p1', 'acme_news'],
    ['p1', 'ACME NEWS'],
    ['p2', 'acme-news'],
  ].flatMap(([project = '', workspace = '']): string[] =>
    Object.values({ ...workspaceNames(project, workspace, 'audience') }),
  );
  expect(new Set(all).size).toBe(all.length);
});

test('The pattern of a kind matches every name of that kind and prefix, and no other', () => {
  const pattern = new RegExp(`^${namePatternOf('audience', 'ingest').pattern}$`);
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 200, unit: 'binary' }), (workspace) => {
      const { ingestFunction, sweepJob } = workspaceNames('ads-imports', workspace, 'audience');
      expect(ingestFunction).toMatch(pattern);
      expect(sweepJob).not.toMatch(pattern);
      expect(workspaceNames('ads-imports', workspace, 'other').ingestFunction).not.toMatch(pattern);
    }),
  );
});
