export { AudienceImport, DESTROY_DATA_CONTEXT } from './audience-import';
export type { AudienceImportProps } from './audience-import-props';
export { inventoryOf, renderInventory, type Inventory } from './inventory';
export type { LandingBucket } from './landing-bucket';
export type { MergeAccount } from './merge-account';
export type { MergeJob } from './merge-job';
export { Schedule } from './schedule';
export { InvalidPropsError } from './validation';
export type { Warehouse } from './warehouse';
