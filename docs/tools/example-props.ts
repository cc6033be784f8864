import type { AudienceImportProps } from '../../lib/props/audience-import-props';

/** The props of the documented example: the required ones alone. */
export const PROPS: AudienceImportProps = {
  workspace: 'acme-news',
  projectId: 'ads-imports',
  projectNumber: '123456789012',
  location: 'EU',
  buildServiceAccount: 'function-builder@ads-imports.iam.gserviceaccount.com',
};
