export * from './change';
export * from './warehouse/tables';
