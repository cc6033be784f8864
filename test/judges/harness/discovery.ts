import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A Google API in Google's own words: https://developers.google.com/discovery/v1/reference/apis
 * Only what is checked is named here.
 */
export interface DiscoveryDocument {
  /** The path of every method begins with it; ends with a slash, or is empty. */
  readonly servicePath: string;
  /** Query parameters that every method takes. */
  readonly parameters: Readonly<Record<string, ParameterSchema>>;
  readonly schemas: Readonly<Record<string, MessageSchema>>;
  readonly resources: Readonly<Record<string, DiscoveryResource>>;
}

export interface DiscoveryResource {
  readonly methods?: Readonly<Record<string, DiscoveryMethod>>;
  readonly resources?: Readonly<Record<string, DiscoveryResource>>;
}

export interface DiscoveryMethod {
  /** @example 'storage.objects.insert' */
  readonly id: string;
  readonly httpMethod: string;
  /** @example 'b/{bucket}/o', 'projects/{+projectId}/jobs' */
  readonly path: string;
  readonly parameters?: Readonly<Record<string, ParameterSchema>>;
  readonly request?: { readonly $ref: string };
  readonly response?: { readonly $ref: string };
  readonly supportsMediaDownload?: boolean;
  /** The method takes content beside its message, at a path that begins with a slash. */
  readonly mediaUpload?: { readonly protocols: { readonly simple: { readonly path: string } } };
}

export interface MessageSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, MessageSchema>>;
  readonly additionalProperties?: MessageSchema;
  readonly items?: MessageSchema;
  /** The service sets the field; it takes none. Cloud Storage's document marks no field. */
  readonly readOnly?: boolean;
}

export interface ParameterSchema extends MessageSchema {
  readonly location: 'path' | 'query';
  readonly required?: boolean;
  readonly repeated?: boolean;
}

export type ApiName = 'storage.v1' | 'bigquery.v2' | 'monitoring.v1';

const root = join(__dirname, '../../..');
const ENVIRONMENT = '.cache/google-api';
const REQUIREMENTS = 'test/judges/harness/requirements.txt';

/** Where the virtual environment has the documents of exactly the version that is required. */
function folder(): string | undefined {
  const libraries = join(root, ENVIRONMENT, 'lib');
  const [, version] = /^google-api-python-client==(.+)$/m.exec(
    readFileSync(join(root, REQUIREMENTS), 'utf8'),
  ) ?? [''];
  return (existsSync(libraries) ? readdirSync(libraries) : [])
    .map((python) => join(libraries, python, 'site-packages'))
    .filter((packages) =>
      existsSync(join(packages, `google_api_python_client-${version ?? ''}.dist-info`)),
    )
    .map((packages) => join(packages, 'googleapiclient/discovery_cache/documents'))[0];
}

/** Why there are no documents on this machine, and what would bring them; undefined when they are there. */
export function missingDocuments(): string | undefined {
  return folder() === undefined
    ? `Google's discovery documents are not installed: python3 -m venv ${ENVIRONMENT} && ` +
        `${ENVIRONMENT}/bin/pip install --no-deps -r ${REQUIREMENTS}`
    : undefined;
}

/** @throws Error when {@link missingDocuments} has a reason. */
export function discoveryDocument(api: ApiName): DiscoveryDocument {
  const place = folder();
  if (place === undefined) throw new Error(missingDocuments());
  return JSON.parse(readFileSync(join(place, `${api}.json`), 'utf8')) as DiscoveryDocument;
}
