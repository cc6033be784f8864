import { gzipSync } from 'node:zlib';

/** Names and contents of delivered objects: every kind of line, plain and compressed. */
export const DELIVERIES: readonly (readonly [name: string, content: string | Buffer])[] = [
  [
    'Sports_1_2020-01-01_00-00-00_721e1d63-a396-4676-bac2-3f6f31e88cc2.txt',
    [
      '{"IsAddRequest":true,"IdentityValues":{"mpid":"-1327484737295091692","email":"a@example.com"},"MembershipChangedTimestamp":1594167374230}',
      '{"IsAddRequest":false,"IdentityValues":{"mpid":"2"},"MembershipChangedTimestamp":1594167374231}',
      'not json',
      '{"IsAddRequest":true,"IdentityValues":{},"MembershipChangedTimestamp":1594167374232}',
    ].join('\n'),
  ],
  ['mparticle-validation-20200101.txt', ''],
  [
    'changes.csv',
    'mpId,audience_id,membership_action,timestamp\n3,a,add,1594167374\n4,a,delete,1594167375\nx,a,add,1\n',
  ],
  [
    'changes.jsonl.gz',
    gzipSync(
      '{"mpId":5,"audience_id":"b","membership_action":"add","timestamp":1594167376}\n' +
        '{"mpId":6,"audience_id":"b","membership_action":"leave","timestamp":1594167376}\n',
    ),
  ],
  ['only-rejected.jsonl', '{}\n[]\n'],
];

/** What the log and the rejects must hold in the end: object and line, each once. */
export const EXPECTED = {
  changes: ['Sports_1:1', 'Sports_1:2', 'changes.csv:2', 'changes.csv:3', 'changes.jsonl.gz:1'],
  rejections: [
    'Sports_1:3 not_json',
    'Sports_1:4 mpid_missing',
    'changes.csv:4 mpid_invalid',
    'changes.jsonl.gz:2 action_unknown',
    'only-rejected.jsonl:1 mpid_missing',
    'only-rejected.jsonl:2 not_object',
  ],
};

export function changesOf(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  return rows.map(placeOf).sort();
}

export function rejectionsOf(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  return rows.map((row) => `${placeOf(row)} ${String(row['reason'])}`).sort();
}

function placeOf(row: Readonly<Record<string, unknown>>): string {
  const name = String(row['source_object']).replace(/_2020-01-01_.*/, '');
  return `${name}:${String(row['source_line'])}`;
}
