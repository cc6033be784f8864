import {
  emptyObjectName,
  MANIFEST_NAME,
  PARKED_PREFIX,
  parkedName,
  SOURCE_PREFIX,
  sourceName,
  STAGED_PREFIX,
  stagedName,
  TRAFFIC_NAME,
} from '../../../runtime/ingest/staging-names';

const OBJECT = { name: 'deletes.jsonl', generation: '17' };

test('Whatever holds personal data is named below a prefix that expires', () => {
  expect(stagedName('batch', 'attempt').startsWith(STAGED_PREFIX)).toBe(true);
  expect(emptyObjectName('batch').startsWith(STAGED_PREFIX)).toBe(true);
  expect(parkedName(OBJECT).startsWith(PARKED_PREFIX)).toBe(true);
});

test('The manifest, the traffic record and the code are named below no prefix that expires', () => {
  for (const name of [MANIFEST_NAME, TRAFFIC_NAME, sourceName('0f0f')]) {
    expect(name.startsWith(STAGED_PREFIX) || name.startsWith(PARKED_PREFIX)).toBe(false);
  }
});

test('The build account reads below the prefix of the code, and only the code lies there', () => {
  expect(sourceName('0f0f').startsWith(SOURCE_PREFIX)).toBe(true);
  for (const name of [MANIFEST_NAME, TRAFFIC_NAME, stagedName('b', 'a'), parkedName(OBJECT)]) {
    expect(name.startsWith(SOURCE_PREFIX)).toBe(false);
  }
});
