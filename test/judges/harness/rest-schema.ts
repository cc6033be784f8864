import type { RestCall } from '../../support/clouds/rest-call';
import type {
  DiscoveryDocument,
  DiscoveryMethod,
  DiscoveryResource,
  ParameterSchema,
} from './discovery';
import { fieldsFaults } from './fields-mask';
import { MessageCheck } from './message-check';

/** What a document says of a call. */
export interface Verdict {
  /** The method that is called, if there is one. */
  readonly method: string | undefined;
  /** One line for each thing that is wrong with the request. */
  readonly faults: readonly string[];
  /** The same of the answer. */
  readonly answerFaults: readonly string[];
}

/** A path with parameters, as a pattern. */
interface Route {
  readonly method: DiscoveryMethod;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly isUpload: boolean;
}

/** The values of `uploadType`: https://cloud.google.com/storage/docs/uploads-downloads#uploads */
const UPLOAD_TYPES = ['media', 'multipart', 'resumable'];

/** One of Google's APIs, as its discovery document describes it. */
export class RestSchema {
  private readonly routes: readonly Route[];
  private readonly requests: MessageCheck;
  private readonly answers: MessageCheck;
  /** Where uploads that have begun go on: the service names these addresses, no document does. */
  private readonly sessions = new Set<string>();

  constructor(private readonly document: DiscoveryDocument) {
    this.routes = methodsOf(document.resources).flatMap((method) => routesOf(document, method));
    this.requests = new MessageCheck(document.schemas, 'request');
    this.answers = new MessageCheck(document.schemas, 'answer');
  }

  /** Judges a value that is no call, such as a dashboard that somebody else sends. */
  faultsOfMessage(name: string, value: unknown): string[] {
    return this.requests.faultsOfMessage(name, value);
  }

  /** Judges a call and what was answered. Calls are given in their order. */
  judge(call: RestCall): Verdict {
    if (this.sessions.has(call.url)) {
      const isAllowed = ['PUT', 'DELETE'].includes(call.method);
      const fault = `${call.method} of an upload that has begun: only PUT and DELETE`;
      return { method: 'upload session', faults: isAllowed ? [] : [fault], answerFaults: [] };
    }
    const { pathname, searchParams: query } = new URL(call.url, 'http://service');
    const paths = this.routes.filter(({ pattern }) => pattern.test(pathname));
    const route = paths.find(({ method }) => method.httpMethod === call.method);
    if (!route) {
      const allowed = [...new Set(paths.map(({ method }) => method.httpMethod))].join(', ');
      const why = allowed === '' ? 'there is no such path' : `this path takes only ${allowed}`;
      return {
        method: undefined,
        faults: [`${call.method} ${pathname}: ${why}`],
        answerFaults: [],
      };
    }
    const { location } = call.answer.headers;
    if (query.get('uploadType') === 'resumable' && typeof location === 'string') {
      const { pathname: session, search } = new URL(location);
      this.sessions.add(session + search);
    }
    const { id } = route.method;
    const faults = [
      ...this.pathFaults(route, pathname),
      ...this.queryFaults(route, query),
      ...this.bodyFaults(route, call),
    ];
    const named = (fault: string) => `${id}: ${fault}`;
    const answerFaults = this.answerFaults(route, query, call).map(named);
    return { method: id, faults: faults.map(named), answerFaults };
  }

  private pathFaults({ method, pattern, names }: Route, pathname: string): string[] {
    const [, ...values] = pattern.exec(pathname) ?? [];
    return names.flatMap((name, index) => {
      const schema = method.parameters?.[name];
      return schema
        ? this.parameterFaults(name, schema, decodeURIComponent(values[index] ?? ''))
        : [];
    });
  }

  private queryFaults({ method, isUpload }: Route, query: URLSearchParams): string[] {
    const own = Object.entries(method.parameters ?? {}).filter(
      ([, one]) => one.location === 'query',
    );
    const known = { ...this.document.parameters, ...Object.fromEntries(own) };
    const missing = own.filter(([name, { required }]) => required === true && !query.has(name));
    const given = [...new Set(query.keys())].flatMap((name) => {
      const schema = Object.hasOwn(known, name) ? known[name] : undefined;
      if (!schema) return [`there is no parameter ${name}`];
      const values = query.getAll(name);
      return values.length > 1 && schema.repeated !== true
        ? [`parameter ${name} is given ${values.length} times`]
        : values.flatMap((value) => this.parameterFaults(name, schema, value));
    });
    const uploadType = query.get('uploadType');
    const isUploadType = isUpload ? UPLOAD_TYPES.includes(uploadType ?? '') : uploadType === null;
    const isMedia = query.get('alt') === 'media';
    return [
      ...missing.map(([name]) => `parameter ${name} is missing`),
      ...given,
      ...(isUploadType ? [] : [`uploadType=${uploadType ?? ''} at this path`]),
      ...(isMedia && method.supportsMediaDownload !== true
        ? ['there is no content: alt=media']
        : []),
      ...(query.has('fields') && method.response
        ? fieldsFaults(query.get('fields') ?? '', method.response, this.document.schemas)
        : []),
    ];
  }

  private parameterFaults(name: string, schema: ParameterSchema, text: string): string[] {
    return this.requests
      .faultsOf(schema, parameterValue(schema, text))
      .map((fault) => `parameter ${name}: ${fault}`);
  }

  private bodyFaults({ method, isUpload }: Route, { headers, body }: RestCall): string[] {
    const type = headers['content-type'] ?? '';
    if (isUpload && !/^(?:application\/json|multipart\/related)/.test(type)) return [];
    if (body.length === 0) return [];
    if (!method.request) return ['it takes no body'];
    if (!/^(?:application\/json|multipart\/related)\b/.test(type)) {
      return [`its body is JSON, not "${type}"`];
    }
    const message = parsed(isMultipart(type) ? firstPart(body, type) : body.toString());
    return message === undefined
      ? ['its body is no JSON']
      : this.requests.faultsOfMessage(method.request.$ref, message.value);
  }

  private answerFaults({ method }: Route, query: URLSearchParams, { answer }: RestCall): string[] {
    const isMessage = answer.status < 300 && answer.body.length > 0 && query.get('alt') !== 'media';
    if (!isMessage) return [];
    if (!method.response) return ['it answers nothing'];
    const message = parsed(answer.body.toString());
    return message === undefined
      ? ['its answer is no JSON']
      : this.answers.faultsOfMessage(method.response.$ref, message.value);
  }
}

function methodsOf(resources: Readonly<Record<string, DiscoveryResource>>): DiscoveryMethod[] {
  return Object.values(resources).flatMap(({ methods, resources: inner }) => [
    ...Object.values(methods ?? {}),
    ...methodsOf(inner ?? {}),
  ]);
}

/** Content is sent to the path of simple uploads whatever the protocol: that is what Google's guides say, too. */
function routesOf({ servicePath }: DiscoveryDocument, method: DiscoveryMethod): Route[] {
  const upload = method.mediaUpload?.protocols.simple.path;
  return [
    { method, ...pathPattern(`/${servicePath}${method.path}`, method), isUpload: false },
    ...(upload === undefined ? [] : [{ method, ...pathPattern(upload, method), isUpload: true }]),
  ];
}

/** `{name}` is one segment of a path, and `{+name}` what the pattern of the parameter says. */
function pathPattern(
  template: string,
  { parameters }: DiscoveryMethod,
): Pick<Route, 'pattern' | 'names'> {
  const names: string[] = [];
  const source = template.replaceAll(/\{(\+?)(\w+)\}/g, (_, plus: string, name: string) => {
    names.push(name);
    const own = parameters?.[name]?.pattern?.replace(/^\^/, '').replace(/\$$/, '');
    return `(${plus === '' ? '[^/]+' : (own ?? '.+')})`;
  });
  return { pattern: new RegExp(`^${source}$`), names };
}

/** A parameter is text; of which value, its type says. What is no such value is left as text, and refused. */
function parameterValue({ type }: ParameterSchema, text: string): unknown {
  const isNumber = type === 'integer' || type === 'number';
  if (isNumber && text !== '' && Number.isFinite(Number(text))) return Number(text);
  if (type === 'boolean' && ['true', 'false'].includes(text)) return text === 'true';
  return text;
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function isMultipart(type: string): boolean {
  return type.startsWith('multipart/related');
}

/** The message that goes before the content: https://cloud.google.com/storage/docs/json_api/v1/objects/insert */
function firstPart(body: Buffer, type: string): string {
  const [, boundary = ''] = /boundary="?([^";]+)/.exec(type) ?? [];
  const [, part = ''] = body.toString().split(`--${boundary}`);
  return part.slice(part.indexOf('\r\n\r\n') + 4);
}
