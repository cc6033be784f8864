import type { Correction, Forward, ProxiedAnswer, ProxiedRequest } from './correcting-proxy';

/** Objects on one page of a listing: https://cloud.google.com/storage/docs/json_api/v1/objects/list */
export const LIST_PAGE_OBJECTS = 1_000;

/** https://cloud.google.com/storage/docs/performing-resumable-uploads; the last form is the Node client's. */
const CONTENT_RANGE = /^bytes (?:\d+-\d+|\*|\d+-\*)\/(?:\d+|\*)$/;

/**
 * What fake-gcs-server v1.54.0 does otherwise than Cloud Storage:
 * - a listing comes in one page, however long;
 * - of the requests that change an object, only an upload in one piece is compared with the generation that it
 *   names; the others change whichever generation is there, and an upload in chunks replaces it;
 * - a custom time may be moved back;
 * - an upload in chunks may name a range that is none.
 */
export const asCloudStorage: Correction = async (request, forward) => {
  const { method, url, headers } = request;
  // The client leaves this out when the environment tells it of an emulator.
  url.pathname = url.pathname.replace(/^\/b\//, '/storage/v1/b/');
  if (method === 'GET' && /^\/storage\/v1\/b\/[^/]+\/o$/.test(url.pathname)) {
    if (!url.searchParams.has('maxResults')) {
      url.searchParams.set('maxResults', String(LIST_PAGE_OBJECTS));
    }
  }
  if (method === 'GET' || url.searchParams.get('uploadType') === 'multipart') {
    return forward(request);
  }
  const range = headers['content-range'];
  if (range !== undefined && !CONTENT_RANGE.test(range)) {
    return refusal(400, `no Content-Range: ${range}`);
  }
  const refused = await refusalOf(request, forward);
  return refused ?? keepingCondition(request, await forward(request));
};

async function refusalOf(
  request: ProxiedRequest,
  forward: Forward,
): Promise<ProxiedAnswer | undefined> {
  const { method, url, body } = request;
  const generation = url.searchParams.get('generation');
  const condition = url.searchParams.get('ifGenerationMatch');
  if (generation === null && condition === null) return undefined;
  const live = await liveObject(url, forward);
  const isUpload = url.pathname.startsWith('/upload/');
  if (!isUpload && (!live || (generation !== null && generation !== live.generation))) {
    return refusal(404, 'no such object');
  }
  if (condition !== null && condition !== (live?.generation ?? '0')) {
    return refusal(412, 'another generation');
  }
  if (method !== 'PATCH') return undefined;
  const { customTime } = JSON.parse(body.toString()) as { customTime?: string };
  const isBack = Date.parse(customTime ?? '') < Date.parse(live?.customTime ?? '');
  return isBack ? refusal(400, 'a custom time cannot be moved back') : undefined;
}

interface LiveObject {
  readonly generation: string;
  readonly customTime?: string;
}

async function liveObject(url: URL, forward: Forward): Promise<LiveObject | undefined> {
  const uploaded = url.searchParams.get('name');
  const path =
    uploaded === null
      ? url.pathname
      : `${url.pathname.replace('/upload', '')}/${encodeURIComponent(uploaded)}`;
  const { status, body } = await forward({
    method: 'GET',
    url: new URL(path, url),
    headers: {},
    body: Buffer.alloc(0),
  });
  return status === 200 ? (JSON.parse(body.toString()) as LiveObject) : undefined;
}

/** An upload in chunks is subject to the condition that it was begun with, to its end. */
function keepingCondition({ url }: ProxiedRequest, answer: ProxiedAnswer): ProxiedAnswer {
  const condition = url.searchParams.get('ifGenerationMatch');
  const { location } = answer.headers;
  if (condition === null || typeof location !== 'string') return answer;
  const headers = { ...answer.headers, location: `${location}&ifGenerationMatch=${condition}` };
  return { ...answer, headers };
}

function refusal(code: number, message: string): ProxiedAnswer {
  const body = Buffer.from(JSON.stringify({ error: { code, message, errors: [{ message }] } }));
  return { status: code, headers: { 'content-type': 'application/json' }, body };
}
