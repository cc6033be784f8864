import type { RestCall } from '../../support/clouds/rest-call';
import type { DiscoveryDocument } from './discovery';
import { RestSchema } from './rest-schema';

/** A service in the words of Google's documents: shelves with books, some of which have content. */
const DOCUMENT: DiscoveryDocument = {
  servicePath: 'library/v1/',
  parameters: {
    alt: { location: 'query', type: 'string', enum: ['json', 'media'] },
    fields: { location: 'query', type: 'string' },
    uploadType: { location: 'query', type: 'string' },
  },
  schemas: {
    Book: {
      type: 'object',
      properties: {
        title: { type: 'string' },
        pages: { type: 'integer', format: 'int32' },
        isbn: { type: 'string', format: 'int64' },
        lentAt: { type: 'string', format: 'date-time' },
        state: { type: 'string', enum: ['LENT', 'HERE'] },
        author: { $ref: 'Author' },
        tags: { type: 'object', additionalProperties: { type: 'string' } },
        id: { type: 'string', readOnly: true },
      },
    },
    Author: { type: 'object', properties: { name: { type: 'string' } } },
    Books: {
      type: 'object',
      properties: {
        items: { type: 'array', items: { $ref: 'Book' } },
        nextPageToken: { type: 'string' },
      },
    },
  },
  resources: {
    books: {
      methods: {
        list: {
          id: 'library.books.list',
          httpMethod: 'GET',
          path: 's/{shelf}/b',
          parameters: {
            shelf: { location: 'path', type: 'string', required: true },
            maxResults: { location: 'query', type: 'integer', format: 'uint32' },
            lent: { location: 'query', type: 'boolean' },
            genre: { location: 'query', type: 'string', repeated: true },
          },
          response: { $ref: 'Books' },
        },
        get: {
          id: 'library.books.get',
          httpMethod: 'GET',
          path: 's/{shelf}/b/{book}',
          parameters: {
            shelf: { location: 'path', type: 'string', required: true },
            book: { location: 'path', type: 'string', required: true },
          },
          response: { $ref: 'Book' },
          supportsMediaDownload: true,
        },
        insert: {
          id: 'library.books.insert',
          httpMethod: 'POST',
          path: 's/{shelf}/b',
          parameters: {
            shelf: { location: 'path', type: 'string', required: true },
            place: { location: 'query', type: 'string', format: 'int64', required: true },
          },
          request: { $ref: 'Book' },
          response: { $ref: 'Book' },
          mediaUpload: { protocols: { simple: { path: '/upload/library/v1/s/{shelf}/b' } } },
        },
      },
      resources: {
        chapters: {
          methods: {
            get: {
              id: 'library.books.chapters.get',
              httpMethod: 'GET',
              path: '{+name}/chapters/{+chapter}',
              parameters: {
                name: { location: 'path', type: 'string', pattern: '^books/[^/]+$' },
                chapter: { location: 'path', type: 'string', pattern: '^[^/]+$' },
              },
            },
          },
        },
      },
    },
  },
};

const JSON_TYPE = { 'content-type': 'application/json' };

interface Sent {
  readonly type?: string;
  readonly body?: string;
  readonly answered?: unknown;
  readonly location?: string;
}

function call(line: string, { type, body = '', answered, location }: Sent = {}): RestCall {
  const [method = '', url = ''] = line.split(' ');
  return {
    method,
    url,
    headers: type === undefined ? {} : { 'content-type': type },
    body: Buffer.from(body),
    answer: {
      status: 200,
      headers: location === undefined ? {} : { location },
      body: Buffer.from(answered === undefined ? '' : JSON.stringify(answered)),
    },
  };
}

function judged(line: string, sent?: Sent) {
  return new RestSchema(DOCUMENT).judge(call(line, sent));
}

function faultsOfBook(book: unknown): readonly string[] {
  const sent = { type: JSON_TYPE['content-type'], body: JSON.stringify(book) };
  return judged('POST /library/v1/s/1/b?place=1', sent).faults;
}

test.each([
  ['GET /library/v1/s/1/b?maxResults=5&lent=true&genre=a&genre=b', 'library.books.list'],
  ['GET /library/v1/s/1/b?fields=items(title,author/name),nextPageToken', 'library.books.list'],
  ['GET /library/v1/s/1/b/a%2Fb', 'library.books.get'],
  ['GET /library/v1/s/1/b/2?alt=media', 'library.books.get'],
  ['GET /library/v1/books/1/chapters/2', 'library.books.chapters.get'],
  ['POST /library/v1/s/1/b?place=-1', 'library.books.insert'],
  ['POST /upload/library/v1/s/1/b?place=1&uploadType=media', 'library.books.insert'],
])('%s calls %s, and nothing is wrong with it', (line, method) => {
  expect(judged(line)).toEqual({ method, faults: [], answerFaults: [] });
});

test.each([
  ['GET /library/v1/s/1/books', 'GET /library/v1/s/1/books: there is no such path'],
  ['GET /s/1/b', 'GET /s/1/b: there is no such path'],
  ['PUT /library/v1/s/1/b', 'PUT /library/v1/s/1/b: this path takes only GET, POST'],
  ['GET /library/v1/books/1/2/chapters/2', 'there is no such path'],
  ['GET /library/v1/s/1/b?maxResult=5', 'library.books.list: there is no parameter maxResult'],
  ['GET /library/v1/s/1/b?constructor=5', 'there is no parameter constructor'],
  ['GET /library/v1/s/1/b?maxResults=many', 'parameter maxResults: "many" must be integer'],
  ['GET /library/v1/s/1/b?maxResults=-1', 'parameter maxResults: -1 must match format "uint32"'],
  ['GET /library/v1/s/1/b?lent=yes', 'parameter lent: "yes" must be boolean'],
  ['GET /library/v1/s/1/b?lent=true&lent=true', 'parameter lent is given 2 times'],
  ['GET /library/v1/s/1/b?alt=xml', 'parameter alt: "xml" must be equal to one of'],
  ['GET /library/v1/s/1/b?alt=media', 'library.books.list: there is no content: alt=media'],
  ['GET /library/v1/s/1/b?fields=items(titel)', 'fields: there is no items/titel'],
  ['GET /library/v1/s/1/b?fields=items(author/nam)', 'fields: there is no items/author/nam'],
  ['GET /library/v1/s/1/b?fields=items(title', 'fields: items( is not closed'],
  ['GET /library/v1/s/1/b?fields=items)', 'fields: ")" is too much'],
  ['POST /library/v1/s/1/b', 'library.books.insert: parameter place is missing'],
  ['POST /library/v1/s/1/b?place=1&uploadType=media', 'uploadType=media at this path'],
  ['POST /upload/library/v1/s/1/b?place=1', 'uploadType= at this path'],
  ['POST /upload/library/v1/s/1/b?place=1&uploadType=quick', 'uploadType=quick at this path'],
])('%s is refused', (line, fault) => {
  expect(judged(line).faults).toEqual([expect.stringContaining(fault)]);
});

test('A body with known fields of their kinds has no fault', () => {
  const whole = {
    title: 'T',
    pages: 3,
    isbn: '9',
    lentAt: '2026-01-01T00:00:00.5Z',
    state: 'HERE',
    author: { name: 'A' },
    tags: { any: 'x' },
  };
  expect(faultsOfBook(whole)).toEqual([]);
  expect(faultsOfBook({ isbn: 9 })).toEqual([]);
});

test.each([
  [{ titel: 'T' }, 'library.books.insert: there is no field titel'],
  [{ author: { nam: 'A' } }, 'author: there is no field nam'],
  [{ state: 'LOST' }, 'state: "LOST" must be equal to one of the allowed values LENT, HERE'],
  [{ id: '1' }, 'id: only the service sets it'],
  [{ pages: '3' }, 'pages: "3" must be integer'],
  [{ pages: 2 ** 31 }, 'pages: 2147483648 must match format "int32"'],
  [{ isbn: '9x' }, 'isbn: "9x" must match format "int64"'],
  [{ lentAt: 'today' }, 'lentAt: "today" must match format "date-time"'],
  [{ tags: { a: 1 } }, 'tags.a: 1 must be string'],
  [[], '[] must be object'],
])('The body %j is refused', (book, fault) => {
  expect(faultsOfBook(book)).toEqual([expect.stringContaining(fault)]);
});

test('A body where none belongs, of another type or cut off is refused', () => {
  const line = 'POST /library/v1/s/1/b?place=1';
  const type = JSON_TYPE['content-type'];
  expect(judged('GET /library/v1/s/1/b', { type, body: '{}' }).faults).toEqual([
    'library.books.list: it takes no body',
  ]);
  expect(judged(line, { type: 'text/plain', body: '{}' }).faults).toEqual([
    'library.books.insert: its body is JSON, not "text/plain"',
  ]);
  expect(judged(line, { type, body: '{' }).faults).toEqual([
    'library.books.insert: its body is no JSON',
  ]);
});

test('The message in front of uploaded content is judged, and the content is not', () => {
  const line = 'POST /upload/library/v1/s/1/b?place=1&uploadType=multipart';
  const upload = (message: string) => ({
    type: 'multipart/related; boundary=x',
    body: `--x\r\nContent-Type: application/json\r\n\r\n${message}\r\n--x\r\n\r\n{"no":1}\r\n--x--`,
  });
  expect(judged(line, upload('{"title":"T"}')).faults).toEqual([]);
  expect(judged(line, upload('{"titel":"T"}')).faults).toEqual([
    'library.books.insert: there is no field titel',
  ]);
});

test('An upload goes on only where the service has said, and only with PUT and DELETE', () => {
  const schema = new RestSchema(DOCUMENT);
  const begin = 'POST /upload/library/v1/s/1/b?place=1&uploadType=resumable';
  const goOn = 'PUT /session?id=1';
  expect(schema.judge(call(goOn)).faults).toHaveLength(1);
  schema.judge(call(begin, { location: 'http://127.0.0.1/session?id=1' }));
  expect(schema.judge(call(goOn)).faults).toEqual([]);
  expect(schema.judge(call('GET /session?id=1')).faults).toHaveLength(1);
  expect(schema.judge(call('PUT /session?id=2')).faults).toHaveLength(1);
});

test('An answer may hold what only the service sets, and no field that there is not', () => {
  const answered = (book: unknown) =>
    judged('GET /library/v1/s/1/b/2', { answered: book }).answerFaults;
  expect(answered({ id: '1', title: 'T' })).toEqual([]);
  expect(answered({ titel: 'T' })).toEqual(['library.books.get: there is no field titel']);
});
