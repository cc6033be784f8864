import { FORMATS, openObject } from '../../../runtime/sources/pick-format';
import type { Format, ObjectHead } from '../../../runtime/sources/source';
import { record, STORAGE_OBJECT } from '../../support/data/normalized';

const head = (name: string, text: string): ObjectHead => ({
  name,
  bytes: Buffer.from(text),
  text,
  lines: text.split('\n'),
});
const options = { identityTypes: [], latest: Infinity };

test('The first format that takes an object opens it, by its name and its beginning', () => {
  const csv = 'mpId;audience_id;membership_action;timestamp\n';
  expect(openObject(FORMATS, head('x', csv), options)).toMatchObject({
    records: 'csv',
    delimiter: ';',
  });
  expect(openObject(FORMATS, head(STORAGE_OBJECT, record()), options)).toMatchObject({
    records: 'lines',
    writtenAt: 1577836800,
  });
  expect(openObject(FORMATS, head('2020-01-01_00-00-01', record()), options)).toMatchObject({
    records: 'lines',
    writtenAt: 1577836801,
  });
  expect(openObject(FORMATS, head(STORAGE_OBJECT, '[{}]'), options)).toEqual({
    reason: 'is_json_array',
  });
});

test('An object that no format takes is broken', () => {
  const none: Format = { open: () => undefined };
  expect(openObject([none], head('x', 'y'), options)).toEqual({ reason: 'format_unknown' });
});
